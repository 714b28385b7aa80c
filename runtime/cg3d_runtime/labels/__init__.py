"""Labels: the words that a scan is named with, from a list to embeddings.

lists: label lists, one a line; forms: what people write instead of one a line.
tokenizer, encoder: from words to CLIP embeddings; cache: embeddings kept between starts.
vocabulary: the matrix of a list, and scores against it; rivals: everyday things that compete with it; fixed: the labels of a
classifier.
"""

from cg3d_runtime.labels.lists import Label, parse_labels, read_labels, to_labels

__all__ = ["Label", "parse_labels", "read_labels", "to_labels"]
