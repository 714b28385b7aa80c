#include "strays.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace cg3d {
namespace {

// The constants and the search of strays.py, whose comments give the reasons.
constexpr int kBits = 20;
constexpr std::size_t kCrowd = 4;
constexpr std::size_t kCompany = 3;
constexpr float kFar = 64.0f;

using Cell = std::array<std::int64_t, 3>;
using Counts = std::unordered_map<std::int64_t, std::size_t>;  // points, by the number of a cell

Cell finest_cell(const Point& point) {
    Cell cell;
    for (int axis = 0; axis < 3; ++axis)
        cell[axis] = static_cast<std::int64_t>(std::floor(std::ldexp(static_cast<double>(point[axis]), kBits)));
    return cell;
}

// The bits of three numbers by turns, so that the cells of a larger one have the same beginning.
std::uint64_t interleaved(const Cell& cell) {
    std::uint64_t mixed = 0;
    for (int bit = 0; bit < kBits; ++bit)
        for (int axis = 0; axis < 3; ++axis)
            mixed |= (static_cast<std::uint64_t>(cell[axis]) >> bit & 1) << (3 * bit + axis);
    return mixed;
}

std::size_t count_occupied(const std::vector<std::uint64_t>& rising, int shift) {
    std::size_t count = 1;
    for (std::size_t i = 1; i < rising.size(); ++i) count += rising[i] >> 3 * shift != rising[i - 1] >> 3 * shift;
    return count;
}

// How often the finest cells have to be doubled.
int shift_of(const std::vector<Cell>& finest) {
    std::vector<std::uint64_t> rising;
    for (const Cell& cell : finest) rising.push_back(interleaved(cell));
    std::sort(rising.begin(), rising.end());
    int low = 0, high = kBits;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (kCrowd * count_occupied(rising, middle) <= rising.size())
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

// One number for each cell; those of neighbours along an axis differ by 1, by `kStride` and by its square.
constexpr std::int64_t kStride = (1 << kBits) + 2;  // a neighbour beyond the box is no cell on its other side

std::int64_t number_of(const Cell& finest, int shift) {
    std::int64_t number = 0;
    for (const std::int64_t along : finest) number = number * kStride + (along >> shift) + 1;
    return number;
}

std::size_t company(std::int64_t number, const Counts& counts) {
    std::size_t total = 0;
    for (const std::int64_t x : {-1, 0, 1})
        for (const std::int64_t y : {-1, 0, 1})
            for (const std::int64_t z : {-1, 0, 1})
                if (const auto found = counts.find(number + (x * kStride + y) * kStride + z); found != counts.end())
                    total += found->second;
    return total;
}

// The upper one where their number is even.
float median(std::vector<float> values) {
    const auto half = values.begin() + values.size() / 2;
    std::nth_element(values.begin(), half, values.end());
    return *half;
}

}  // namespace

std::vector<Point> without_strays(const std::vector<Point>& points) {
    std::vector<Cell> finest;
    for (const Point& point : points) finest.push_back(finest_cell(point));
    const int shift = shift_of(finest);
    Counts counts, companies;
    for (const Cell& cell : finest) ++counts[number_of(cell, shift)];
    for (const auto& [number, count] : counts) companies.emplace(number, company(number, counts));
    std::vector<Point> kept;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (companies.at(number_of(finest[i], shift)) >= kCompany) kept.push_back(points[i]);
    return kept.empty() ? points : kept;
}

std::vector<Point> near_the_rest(const std::vector<Point>& points) {
    Point middle;
    std::vector<float> values(points.size());
    for (int axis = 0; axis < 3; ++axis) {
        for (std::size_t i = 0; i < points.size(); ++i) values[i] = points[i][axis];
        middle[axis] = median(values);
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
        values[i] = 0.0f;
        for (int axis = 0; axis < 3; ++axis) values[i] = std::max(values[i], std::abs(points[i][axis] - middle[axis]));
    }
    const float usual = median(values);
    std::vector<Point> near;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (usual == 0.0f || values[i] <= kFar * usual) near.push_back(points[i]);
    return near;
}

}  // namespace cg3d
