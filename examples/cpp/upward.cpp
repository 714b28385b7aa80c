#include "upward.hpp"

#include <algorithm>
#include <cmath>
#include <locale>
#include <map>
#include <sstream>
#include <stdexcept>

namespace cg3d {
namespace {

using Direction = std::array<double, 3>;

const std::map<std::string, Direction> kAxes{
    {"x", {1, 0, 0}},  {"y", {0, 1, 0}},  {"z", {0, 0, 1}},
    {"-x", {-1, 0, 0}}, {"-y", {0, -1, 0}}, {"-z", {0, 0, -1}},
};

}  // namespace

Up as_up(const std::string& given) {
    if (const auto axis = kAxes.find(given); axis != kAxes.end()) return {axis->second, true};
    std::istringstream text(given);
    text.imbue(std::locale::classic());  // a decimal point, wherever this runs
    double x, y, z;
    char first, second;
    if (!(text >> x >> first >> y >> second >> z) || first != ',' || second != ',' || !(text >> std::ws).eof())
        throw std::runtime_error("up must be x, y, z, -x, -y or -z, or three numbers x,y,z; got \"" + given +
                                 "\". What finds it out by itself, auto, is in the Python runtime alone.");
    return as_up(x, y, z);
}

Up as_up(double x, double y, double z) {
    const double largest = std::max({std::abs(x), std::abs(y), std::abs(z)});
    if (!std::isfinite(x) || !std::isfinite(y) || !std::isfinite(z) || largest == 0)
        throw std::runtime_error("up must be a direction: three finite numbers that are not all zero.");
    Direction direction{x / largest, y / largest, z / largest};  // no square of it can overflow or vanish
    const double length =
        std::sqrt(direction[0] * direction[0] + direction[1] * direction[1] + direction[2] * direction[2]);
    for (double& part : direction) part /= length;
    const bool is_axis = std::count(direction.begin(), direction.end(), 0.0) == 2;
    if (is_axis)
        for (double& part : direction) part += 0.0;  // no -0.0, as where the axis is named
    return {direction, is_axis};
}

}  // namespace cg3d
