// Scans in, labels out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <onnxruntime_cxx_api.h>

#include "bundle.hpp"
#include "npy.hpp"
#include "upward.hpp"
#include "vocabulary.hpp"

namespace cg3d {

struct Candidate {
    std::string label;
    double score;  // the scores of all labels sum to 1
};

struct Answer {
    std::vector<Candidate> top;         // best first
    bool unknown;                       // probably none of the labels
    std::optional<std::string> nearer;  // where it is unknown: what it is nearer to, if anything
};

class Recognizer {
  public:
    // labels: the .npy that export_labels.py wrote, with its .json beside.
    Recognizer(const std::filesystem::path& bundle, const std::filesystem::path& labels);

    // Name a scan.
    //
    // up: the way up in it. metres: of its unit, where that is known: its length then counts beside its shape.
    // colour: whether its colours count, where it has some. top: how many labels to report.
    Answer operator()(const Table& scan, const Up& up, std::optional<double> metres, bool colour, std::size_t top = 5);

    // The unit embedding (D) of points (N, C) that `prepare` returned.
    std::vector<float> embed(std::vector<float> prepared);

    const Bundle& bundle() const { return bundle_; }

  private:
    Bundle bundle_;
    Vocabulary vocabulary_;
    Ort::Env environment_;
    Ort::Session session_;
};

}  // namespace cg3d
