"""How long things are: evidence beside shape, where a scan is in metres.

length    usual lengths as people write them: `43 mm`, `8-14 cm`
usual     usual lengths by name, as a bundle holds them
evidence  how well a length speaks for each name, and the sentence about it
"""
