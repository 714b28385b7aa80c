// Scans in, labels out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <onnxruntime_cxx_api.h>

#include "bundle.hpp"
#include "npy.hpp"
#include "upward.hpp"

namespace cg3d {

struct Candidate {
    std::string label;
    double score;  // the scores of all labels sum to 1
};

struct Answer {
    std::vector<Candidate> top;  // best first
    bool unknown;                // probably none of the labels
};

class Recognizer {
  public:
    // labels: the .npy that export_labels.py wrote; the names lie beside it, in a .txt of the same name.
    Recognizer(const std::filesystem::path& bundle, const std::filesystem::path& labels);

    // Name a scan; `up` is the way up in it, and `top` how many labels to report.
    Answer operator()(const Table& scan, const Up& up, std::size_t top = 5);

    // The unit embedding (D) of points (N, C) that `prepare` returned.
    std::vector<float> embed(std::vector<float> prepared);

    const Bundle& bundle() const { return bundle_; }

  private:
    std::vector<double> scores(const std::vector<float>& features) const;

    Bundle bundle_;
    Table matrix_;  // (L, D), the unit embeddings of the labels
    std::vector<std::string> names_;
    Ort::Env environment_;
    Ort::Session session_;
};

}  // namespace cg3d
