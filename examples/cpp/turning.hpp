// Turning scans until up in the scan is up in the model, as cg3d_runtime/preparation/turning.py does it.
#pragma once

#include <array>

#include "point.hpp"
#include "upward.hpp"

namespace cg3d {

struct Turn {
    std::array<std::array<double, 3>, 3> rows;  // of determinant 1, for column vectors
    bool is_whole;                              // a signed permutation, which loses no bit
};

inline constexpr Turn kNoTurn{{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, true};

// The shortest turn that takes one direction to another, which is an axis; for opposite ones a half turn.
Turn rotation(const Up& from, const Up& to);

// Summed in double and rounded once; exact where the turn is whole.
Point turned(const Point& point, const Turn& turn);

}  // namespace cg3d
