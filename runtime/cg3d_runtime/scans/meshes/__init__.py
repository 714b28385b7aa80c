"""Mesh files, made plain before trimesh reads them: what it would read wrongly, or open by itself, never reaches it."""
