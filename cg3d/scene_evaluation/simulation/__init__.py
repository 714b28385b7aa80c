"""Scenes made up from single objects, seen by a depth camera that errs like a real one: what is in them is known exactly.

settings     tables and rooms, by name
stock shapes where objects come from; their surfaces, standing and in metres
arranging    where they stand; footprints: that none reaches into another
camera       what a pinhole depth camera sees of them; faults: how it errs
scenes       the way from objects to annotated scenes
"""
