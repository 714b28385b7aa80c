// Which colours a scan has, and what that says of names: as cg3d_runtime/colours/basic.py and evidence.py.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "npy.hpp"

namespace cg3d {

// The basic colour terms: black, white, grey, red, orange, yellow, green, blue, purple, pink, brown.
constexpr std::size_t kTerms = 11;
using Shares = std::array<double, kTerms>;     // how much of a scan may be called so
using UsualColours = std::array<bool, kTerms>;  // of which a thing nearly always has one; none: it may have any

// The colours of a scan of six columns, the last three r, g, b from 0 to 1 or to 255; nothing where it has none.
//
// Throws std::runtime_error for more than six columns, which Python might read otherwise.
std::optional<Shares> colours_of(const Table& scan);

// What colours add to logits: nothing where they are usual, the more against a name the odder they are.
class Colours {
  public:
    Colours(std::vector<UsualColours> labels, std::vector<UsualColours> rivals);

    void add_to_labels(std::vector<double>& logits, const Shares& colours) const;
    void add_to_rivals(std::vector<double>& logits, const Shares& colours) const;

  private:
    std::vector<UsualColours> labels_, rivals_;
};

}  // namespace cg3d
