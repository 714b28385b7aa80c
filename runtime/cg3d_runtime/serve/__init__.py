"""The command `cg3d-serve`: scans over HTTP, answers as JSON. One process speaks HTTP, others read, prepare and encode.

cli server        options; sockets, signals, start and end
app               the paths, and what every answer and error looks like
limits            what a service lets its clients take
hosts             the names that it may be asked by
slow_clients      connections that say nothing are ended
bodies            what a client sends, kept as a file while it is answered
question          what is asked, as it travels to a process that answers
processes         the processes that answer, replaced where one is killed
answering         in such a process: a question in, an answer or a refusal out
searching         the same for a library
options points    the words of a request; points as JSON
metrics           counts and times, for Prometheus
openapi.json      the description of it all, for programs and people
"""
