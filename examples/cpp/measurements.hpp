// Which points of a scan were measured.
#pragma once

#include "npy.hpp"

namespace cg3d {

// A scan without rows that stand for no return, which become NaN: those of exactly 0 0 0 that repeat, as most depth cameras
// write pixels that saw nothing.
//
// Many points at one other place may stand for no return, too (-1, -9999, the camera after a transform). Python's runtime looks
// whether all others keep away from there; this program refuses such a scan rather than answer something else.
//
// Throws std::runtime_error for that, and for a table of fewer than 3 or more than 16 columns.
Table measured(Table scan);

}  // namespace cg3d
