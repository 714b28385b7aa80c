"""Computers, telephones, and things for pictures, sound and play."""

from cg3d.objects.electronics import audio_video, computers, consoles, phones
