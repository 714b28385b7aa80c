// A point of a scan, and how far it lies from another.
#pragma once

#include <array>

namespace cg3d {

using Point = std::array<float, 3>;  // x, y, z; compared in that order

// In float32 and in this order: points are chosen by comparing such distances, and ties must be ties in Python, too.
inline float squared_distance(const Point& a, const Point& b) {
    const float x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return x * x + y * y + z * z;
}

}  // namespace cg3d
