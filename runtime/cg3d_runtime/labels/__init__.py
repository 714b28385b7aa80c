"""Labels: the words that a scan is named with, from a list to embeddings.

lists: label lists, one a line; forms: what people write instead of one a line.
tokenizer, encoder: from words to CLIP embeddings; cache: embeddings kept between starts.
vocabulary: the matrix of a list, and scores against it; rivals: everyday names that compete with it, and that a bundle chooses
from where it is given no list; fixed: the labels of a classifier; choice: which of these a caller gets.
unfamiliar: words that the text encoder was never taught; cues: what length and colours say of the names.
"""

from cg3d_runtime.labels.lists import Label, Labels, parse_labels, read_labels, to_labels

__all__ = ["Label", "Labels", "parse_labels", "read_labels", "to_labels"]
