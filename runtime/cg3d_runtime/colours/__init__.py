"""Which colours things have: evidence beside shape, where a scan is coloured.

basic     the colours of a scan in the eleven basic terms of English
text      colours as text, for tables
usual     usual colours by name, of `usual_colours.txt`, and as names themselves say
evidence  how well colours speak for each name, and the sentence about it
"""
