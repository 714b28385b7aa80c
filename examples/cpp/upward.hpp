// Which way is up in a scan, as cg3d_runtime/scans/upward.py reads it.
#pragma once

#include <array>
#include <string>

namespace cg3d {

struct Up {
    std::array<double, 3> direction;  // of length 1
    bool is_axis;                     // along x, y or z, and so exact
};

// What a command line was given: x, y, z, -x, -y, -z, or three numbers `x,y,z`.
// Throws std::runtime_error for anything else.
Up as_up(const std::string& given);

// Three numbers of any length, as an accelerometer at rest reads them. Throws where they are all zero, or not finite.
Up as_up(double x, double y, double z);

}  // namespace cg3d
