// A bundle on disk: what its manifest says, and the graph, whose bytes are checked against it before they are used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "upward.hpp"

namespace cg3d {

enum class Mode { cg3d, cg3d_2 };  // recipes of preparation, see prepare.hpp

struct PrepareSpec {
    Mode mode;
    int points;         // N, how many the model reads; 16 to 8,192
    int channels;       // 3: xyz; 6: xyz and rgb
    Up up;              // the model's upward axis
    float colour_fill;  // r, g and b, since the scans read here have no colour
};

struct FileEntry {
    std::string file;  // relative to the bundle
    std::string sha256;
    std::uintmax_t bytes;
};

struct Bundle {
    std::filesystem::path directory;
    PrepareSpec prepare;
    std::string precision;  // of the point encoder: the most exact there is
    FileEntry points;       // its graph
    std::size_t embedding_dim;
    double logit_scale;
    double temperature;                       // divides the logits; 1 where nothing was fitted
    std::optional<double> unknown_threshold;  // an assurance under it means: none of the labels; see vocabulary.hpp
    bool has_rivals;                          // names that compete with every list for "unknown"

    // Read the manifest. Throws std::runtime_error where this program cannot use the bundle.
    static Bundle open(const std::filesystem::path& directory);

    // The ONNX model of the point encoder. Throws std::runtime_error where it is not what the manifest promises.
    std::vector<char> points_graph() const;
};

}  // namespace cg3d
