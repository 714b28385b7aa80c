// The labels that a program chooses from, and how an embedding is named: as cg3d_runtime/labels/vocabulary.py.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bundle.hpp"
#include "colours.hpp"
#include "lengths.hpp"
#include "npy.hpp"

namespace cg3d {

struct Verdict {
    std::vector<double> scores;         // of the labels, of sum 1
    bool unknown;                       // probably none of the labels
    std::optional<std::string> nearer;  // where it is unknown: the everyday thing that is nearer than any label
};

// What a scan tells beside its shape, where it does.
struct Cues {
    std::optional<double> length;  // of the longest side, metres
    std::optional<Shares> colours;
};

class Vocabulary {
  public:
    // file: the .npy that export_labels.py wrote; its .json lies beside it.
    // Throws std::runtime_error where they are not of this bundle.
    Vocabulary(const std::filesystem::path& file, const Bundle& bundle);

    const std::vector<std::string>& labels() const { return labels_; }

    // Name a unit embedding (D).
    Verdict judge(const std::vector<float>& features, const Cues& cues) const;

  private:
    std::vector<double> logits(const std::vector<float>& features, std::size_t first, std::size_t last) const;

    Table matrix_;  // (L + R, D), the unit embeddings of the labels and of their rivals
    std::vector<std::string> labels_, rivals_;
    bool competes_ = false;  // whether rivals take part, though the list may leave none
    std::optional<Lengths> lengths_;
    std::optional<Colours> colours_;
    double scale_;
    std::optional<double> threshold_;
};

}  // namespace cg3d
