// Points that belong to nothing, as cg3d_runtime/preparation/strays.py finds them.
#pragma once

#include <vector>

#include "point.hpp"

namespace cg3d {

// The points that have company: three or more, themselves among them, in their cell and the 26 around it. All of them,
// where none has.
//
// points: in a box [0, 1)^3. It is halved into cells until one with points in it holds four of them on average.
std::vector<Point> without_strays(const std::vector<Point>& points);

// The points within 64 times the usual distance from the middle, in any unit; both are medians. All, where that is 0.
std::vector<Point> near_the_rest(const std::vector<Point>& points);

}  // namespace cg3d
