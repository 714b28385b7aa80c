// Thinning of large scans, as cg3d_runtime/preparation/voxel_grid.py does it.
#pragma once

#include <vector>

#include "point.hpp"

namespace cg3d {

// At most 8,192 points that cover the scan evenly: of each occupied cubic voxel the point nearest its centre.
std::vector<Point> thin(const std::vector<Point>& points);

}  // namespace cg3d
