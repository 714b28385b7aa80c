// Tables of float32 in NumPy's .npy files, which is how scans and label matrices come here.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace cg3d {

struct Table {
    std::size_t rows;
    std::size_t columns;
    std::vector<float> values;  // row by row
};

// Read what numpy.save wrote of a C-ordered (rows, columns) float32 array. Throws std::runtime_error for anything else.
Table read_npy(const std::filesystem::path& path);

}  // namespace cg3d
