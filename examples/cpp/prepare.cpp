#include "prepare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "filling.hpp"
#include "sampling.hpp"
#include "strays.hpp"
#include "turning.hpp"
#include "voxel_grid.hpp"

namespace cg3d {
namespace {

constexpr std::size_t kFewestPoints = 16;
constexpr std::size_t kMostPoints = 8192;  // that thinning keeps
constexpr std::size_t kCollapsed = kMostPoints / 2;  // likewise, of a large scan where something is very far away
using Mean = std::array<double, 3>;

std::vector<Point> finite_points(const Table& scan, const Turn& turn) {
    if (scan.columns < 3) throw std::runtime_error("a scan needs three columns, x, y and z.");
    std::vector<Point> points;
    points.reserve(scan.rows);
    for (std::size_t row = 0; row < scan.rows; ++row) {
        const float* xyz = &scan.values[row * scan.columns];
        const Point point = turned({xyz[0], xyz[1], xyz[2]}, turn);
        if (std::isfinite(point[0]) && std::isfinite(point[1]) && std::isfinite(point[2])) points.push_back(point);
    }
    return points;
}

// 0.0 and -0.0 are one place: no bit of what comes of it may depend on which of them was read first.
void drop_signs_of_zero(std::vector<Point>& points) {
    for (Point& point : points)
        for (float& coordinate : point) coordinate += 0.0f;
}

// Move the bounding box to the origin and scale it by a power of two, so that no unit can overflow; returns that power.
double to_unit_box(std::vector<Point>& points) {
    Point low = points.front();
    for (const Point& point : points)
        for (int i = 0; i < 3; ++i) low[i] = std::min(low[i], point[i]);
    float side = 0.0f;
    for (Point& point : points)
        for (int i = 0; i < 3; ++i) side = std::max(side, point[i] -= low[i]);
    if (!std::isfinite(side)) throw std::runtime_error("coordinates span more than float32 can hold.");
    int exponent = 0;
    std::frexp(side, &exponent);
    for (Point& point : points)
        for (float& coordinate : point) coordinate = std::ldexp(coordinate, -exponent);
    return std::ldexp(1.0, exponent);
}

struct Thinned {
    std::vector<Point> points;  // at most 8,192, in a box of side 1
    double box;                 // its side in the scan's unit
};

Thinned thinned(std::vector<Point> points) {
    const double box = points.empty() ? 1.0 : to_unit_box(points);
    return {thin(points), box};
}

Mean mean(const std::vector<Point>& points) {
    Mean sum{};
    for (const Point& point : points)
        for (int i = 0; i < 3; ++i) sum[i] += point[i];
    for (double& value : sum) value /= static_cast<double>(points.size());
    return sum;
}

std::size_t farthest_from_centroid(const std::vector<Point>& points) {
    const Mean centre = mean(points);
    const Point centroid{static_cast<float>(centre[0]), static_cast<float>(centre[1]), static_cast<float>(centre[2])};
    const auto nearer = [&](const Point& a, const Point& b) {
        return squared_distance(a, centroid) < squared_distance(b, centroid);
    };
    return std::max_element(points.begin(), points.end(), nearer) - points.begin();
}

// Each pick speaks for the points nearest to it: their mean is less noisy than the point farthest from all others.
std::vector<Point> means(const std::vector<Point>& points, const Sample& sample) {
    std::vector<Mean> sums(sample.picks.size(), Mean{});
    std::vector<std::size_t> members(sample.picks.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        ++members[sample.owners[i]];
        for (int axis = 0; axis < 3; ++axis) sums[sample.owners[i]][axis] += points[i][axis];
    }
    std::vector<Point> result(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i)
        for (int axis = 0; axis < 3; ++axis)
            result[i][axis] = static_cast<float>(sums[i][axis] / static_cast<double>(members[i]));
    return result;
}

// Of distinct points, in lexicographic order, so many as the model reads.
std::vector<Point> chosen(const std::vector<Point>& distinct, const PrepareSpec& spec) {
    const std::size_t wanted = spec.points, count = std::min(wanted, distinct.size());
    const Sample sample = farthest_point_sample(distinct, count, farthest_from_centroid(distinct));
    std::vector<Point> points;
    for (const std::size_t pick : sample.picks) points.push_back(distinct[pick]);
    if (spec.mode == Mode::cg3d_2) return filled(count < distinct.size() ? means(distinct, sample) : points, wanted);
    for (std::size_t i = 0; points.size() < wanted; ++i) points.push_back(Point(points[i]));  // in the same order again
    return points;
}

// Centre on the mean and scale the largest radius to 1; returns what it was.
double normalise(std::vector<Point>& points) {
    const Mean centre = mean(points);
    const auto offset = [&](const Point& point, int i) { return point[i] - centre[i]; };
    double largest = 0.0;
    for (const Point& point : points) {
        const double x = offset(point, 0), y = offset(point, 1), z = offset(point, 2);
        largest = std::max(largest, x * x + y * y + z * z);
    }
    const double radius = std::sqrt(largest);
    for (Point& point : points)
        for (int i = 0; i < 3; ++i) point[i] = static_cast<float>(offset(point, i) / radius);
    return radius;
}

void require_enough(std::size_t distinct, std::size_t rows, std::size_t strays) {
    if (distinct >= kFewestPoints) return;
    const std::string alone = strays ? " and " + std::to_string(strays) + " that lie alone" : "";
    throw std::runtime_error(std::to_string(distinct) + " distinct finite points" + alone + " left of " +
                             std::to_string(rows) + "; at least 16 are needed to recognise an object.");
}

}  // namespace

Prepared prepare(const Table& scan, const Up& up, const PrepareSpec& spec) {
    const Turn turn = rotation(up, spec.up);
    const bool turns_last = spec.mode == Mode::cg3d_2;
    auto finite = finite_points(scan, turns_last ? kNoTurn : turn);
    if (turns_last) drop_signs_of_zero(finite);  // mode "cg3d" stays as it was
    auto [points, box] = thinned(finite);
    std::size_t strays = 0;
    if (turns_last && finite.size() > kMostPoints && points.size() < kCollapsed) {
        const auto near = near_the_rest(finite);
        strays = finite.size() - near.size();
        const auto again = thinned(near);
        points = again.points;
        box = again.box;
    }
    auto distinct = distinct_points(points);
    if (turns_last && !distinct.empty()) {
        const std::size_t before = distinct.size();
        distinct = without_strays(distinct);  // a stray's copies are no company
        strays += before - distinct.size();
    }
    require_enough(distinct.size(), scan.rows, strays);
    auto sample = chosen(distinct, spec);
    Prepared prepared{{}, normalise(sample) * box};
    for (const Point& point : sample) {
        const Point placed = turns_last ? turned(point, turn) : point;
        prepared.points.insert(prepared.points.end(), placed.begin(), placed.end());
        prepared.points.insert(prepared.points.end(), spec.channels - 3, spec.colour_fill);
    }
    return prepared;
}

}  // namespace cg3d
