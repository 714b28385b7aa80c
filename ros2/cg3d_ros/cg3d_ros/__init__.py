"""ROS 2 nodes that name what depth cameras and lidars see.

entry                 the nodes as ROS starts them: what is missing is one line
detector recogniser   the nodes: whole scenes, and single objects
node                  what both do: parameters, clouds in, status and diagnostics out
sensors               subscriptions that match what sensors offer
messages              what is found, as vision_msgs and visualization_msgs

Without ROS, so that tests and other programs can use them:

parameters   the parameters of the nodes, checked
frames       transforms between frames over time, as /tf tells them
gravity      the way up, as an accelerometer tells it
scans        depth images of ROS as scans
sightings    what was found, in any frame
newest       the newest of what comes; what is out of date makes room
health       what the diagnostics say
"""
