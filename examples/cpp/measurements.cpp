#include "measurements.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "point.hpp"

namespace cg3d {
namespace {

// As cg3d_runtime/scans/repeats.py has them.
constexpr std::size_t kSample = 512;  // points from all over the scan that tell for all
constexpr std::size_t kOften = 4;     // times in the sample, where most are there once
constexpr std::size_t kFewest = 16;   // copies of a place in the whole scan
const Point kOrigin{0.0f, 0.0f, 0.0f};

Point point_at(const Table& scan, std::size_t row) {
    const float* xyz = &scan.values[row * scan.columns];
    return {xyz[0], xyz[1], xyz[2]};
}

void drop_repeated_origins(Table& scan) {
    std::vector<std::size_t> origins;
    for (std::size_t row = 0; row < scan.rows; ++row)
        if (point_at(scan, row) == kOrigin) origins.push_back(row);
    if (origins.size() < 2) return;
    for (const std::size_t row : origins)
        scan.values[row * scan.columns] = std::numeric_limits<float>::quiet_NaN();
}

std::vector<Point> sorted_sample(const Table& scan) {
    const std::size_t count = std::min(scan.rows, kSample);
    std::vector<Point> some;
    for (std::size_t i = 0; i < count; ++i) {
        const Point point = point_at(scan, i * (scan.rows - 1) / std::max<std::size_t>(count - 1, 1));
        const bool finite = std::isfinite(point[0]) && std::isfinite(point[1]) && std::isfinite(point[2]);
        if (finite && point != kOrigin) some.push_back(point);
    }
    std::sort(some.begin(), some.end());
    return some;
}

// Whether a place repeats while most do not.
bool has_crowded_place(const Table& scan) {
    const auto some = sorted_sample(scan);
    std::vector<std::size_t> counts;
    for (std::size_t i = 0; i < some.size(); ++i) {
        if (i == 0 || some[i] != some[i - 1]) counts.push_back(0);
        ++counts.back();
    }
    if (counts.empty()) return false;
    std::sort(counts.begin(), counts.end());
    const double median = (counts[counts.size() / 2] + counts[(counts.size() - 1) / 2]) / 2.0;
    return counts.back() >= kOften && counts.back() * scan.rows >= kFewest * some.size() && median <= 1.0;
}

}  // namespace

Table measured(Table scan) {
    if (scan.columns < 3 || scan.columns > 16)
        throw std::runtime_error("a scan needs three columns, x, y and z, and 16 at most; it has " +
                                 std::to_string(scan.columns) + ".");
    if (scan.rows == 0) return scan;
    if (has_crowded_place(scan))
        throw std::runtime_error("many points lie at one place, which may stand for no measurement; make those that are none "
                                 "NaN, or use the Python runtime.");
    drop_repeated_origins(scan);
    return scan;
}

}  // namespace cg3d
