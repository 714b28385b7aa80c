// How long an object is, and what that says of names: as cg3d_runtime/sizes/evidence.py and preparation/extent.py.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "prepare.hpp"
#include "upward.hpp"

namespace cg3d {

// Mean and deviation of the logarithm of the length in metres; NaN where nobody knows.
struct UsualLength {
    double mean;
    double deviation;
};

// The longest side, in metres, of prepared points; nothing for a length that no object has, which is not used.
//
// model_up: the axis that is up in them. metres: of the scan's unit.
std::optional<double> length_of(const Prepared& prepared, std::size_t channels, const Up& model_up, double metres);

// What a length adds to logits: nothing where it is usual, the more against a name the odder it is.
class Lengths {
  public:
    Lengths(double weight, std::vector<UsualLength> labels, std::vector<UsualLength> rivals);

    void add_to_labels(std::vector<double>& logits, double length) const { add(logits, labels_, length); }
    void add_to_rivals(std::vector<double>& logits, double length) const { add(logits, rivals_, length); }

  private:
    void add(std::vector<double>& logits, const std::vector<UsualLength>& usual, double length) const;

    double weight_;
    std::vector<UsualLength> labels_, rivals_;
};

}  // namespace cg3d
