// Thinning of large scans, as cg3d_runtime/voxel_grid.py does it.
#pragma once

#include <array>
#include <vector>

namespace cg3d {

using Point = std::array<float, 3>;  // x, y, z; compared in that order

// At most 8,192 points that cover the scan evenly: of each occupied cubic voxel the point nearest its centre.
std::vector<Point> thin(const std::vector<Point>& points);

// The distinct points in lexicographic order.
std::vector<Point> distinct_points(std::vector<Point> points);

}  // namespace cg3d
