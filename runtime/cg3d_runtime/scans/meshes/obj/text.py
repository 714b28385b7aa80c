"""OBJ text in the one form in which every version of trimesh reads it right.

What is searched for first are short strings, which takes a hundredth of what trimesh takes for the file; lines are only
rewritten where something is found.
Source: Wavefront, Object Files (.obj), version 3.0, appendix B1.
"""

from __future__ import annotations

import re

from cg3d_runtime.scans.meshes.decoding import decoded, refuse_comma
from cg3d_runtime.scans.meshes.obj.colours import plain_colours
from cg3d_runtime.scans.meshes.obj.faces import absolute_triangles, need_rewriting


def plain_text(content: bytes) -> str:
    """Text of an OBJ file: each line starts with its keyword, blanks between words, faces with absolute numbers.

    Raises:
        ScanError: decimal commas, or a face refers to no vertex.
    """
    text = ("\n" + _plain_lines(decoded(content)) + "\n").replace("\nfo ", "\nf ")  # as faces were called before 3.0
    refuse_comma(text, "v[tn]? ")
    text = plain_colours(text)
    if "\nf " not in text:
        return "\n".join(
            ["", *re.findall(r"\n(v [^\n]*)", text), ""]
        )  # else trimesh makes nothing of points beside lines
    return absolute_triangles(text) if need_rewriting(text) else text


def _plain_lines(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\\\n" in text:
        text = text.replace("\\\n", " ")
    if "\t" in text:
        text = text.replace("\t", " ")
    if text.startswith(" ") or "\n " in text:
        text = re.sub(r"\n +", "\n", text.lstrip(" "))
    if ".#" in text:  # -1.#IND and 1.#QNAN, as the C library of Windows writes NaN
        text = re.sub(r"-?\b1\.#[A-Z]+", "nan", text)
    if text.count("#") > text.count("\n#") + text.startswith("#"):
        text = re.sub(r"\n([vf][^\n#]*|(?:usemtl|mtllib) [^\n#]* )#[^\n]*", r"\n\1", "\n" + text)
    return text
