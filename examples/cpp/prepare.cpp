#include "prepare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "voxel_grid.hpp"

namespace cg3d {
namespace {

constexpr std::size_t kFewestPoints = 16;
using Vector = std::array<int, 3>;
using Rotation = std::array<Vector, 3>;
using Mean = std::array<double, 3>;

Vector unit_vector(const std::string& axis) {
    Vector vector{};
    const std::size_t index = axis.empty() ? std::string::npos : std::string("xyz").find(axis.back());
    if (index == std::string::npos || (axis.size() == 2 ? axis[0] != '-' : axis.size() != 1))
        throw std::runtime_error("up must be x, y, z, -x, -y or -z, got " + axis + ".");
    vector[index] = axis.size() == 2 ? -1 : 1;
    return vector;
}

// The rotation that takes the axis `from` to the axis `to`: a quarter turn, or a half turn for opposite axes.
Rotation rotation(const Vector& from, const Vector& to) {
    Rotation turn{};
    const bool opposite = from[0] == -to[0] && from[1] == -to[1] && from[2] == -to[2];
    Vector axis{};
    if (opposite) {
        axis[from[0] ? 1 : 0] = 1;
    } else if (from != to) {
        for (int i = 0; i < 3; ++i) axis[i] = from[(i + 1) % 3] * to[(i + 2) % 3] - from[(i + 2) % 3] * to[(i + 1) % 3];
    }
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            if (opposite || from == to)
                turn[i][j] = 2 * axis[i] * axis[j] * opposite + (i == j) * (opposite ? -1 : 1);
            else
                turn[i][j] = to[i] * from[j] - from[i] * to[j] + axis[i] * axis[j];
        }
    return turn;
}

std::vector<Point> finite_points(const Table& scan, const Rotation& turn) {
    if (scan.columns < 3) throw std::runtime_error("a scan needs three columns, x, y and z.");
    std::vector<Point> points;
    points.reserve(scan.rows);
    for (std::size_t row = 0; row < scan.rows; ++row) {
        const float* xyz = &scan.values[row * scan.columns];
        if (!std::isfinite(xyz[0]) || !std::isfinite(xyz[1]) || !std::isfinite(xyz[2])) continue;
        Point point;
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
                if (turn[i][j] != 0) point[i] = xyz[j] * static_cast<float>(turn[i][j]);
        points.push_back(point);
    }
    return points;
}

// Move the bounding box to the origin and scale it by a power of two, so that no unit can overflow.
void to_unit_box(std::vector<Point>& points) {
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
}

Mean mean(const std::vector<Point>& points) {
    Mean sum{};
    for (const Point& point : points)
        for (int i = 0; i < 3; ++i) sum[i] += point[i];
    for (double& value : sum) value /= static_cast<double>(points.size());
    return sum;
}

float squared_distance(const Point& a, const Point& b) {
    const float x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return x * x + y * y + z * z;
}

std::size_t farthest_from_centroid(const std::vector<Point>& points) {
    const Mean centre = mean(points);
    const Point centroid{static_cast<float>(centre[0]), static_cast<float>(centre[1]), static_cast<float>(centre[2])};
    const auto nearer = [&](const Point& a, const Point& b) {
        return squared_distance(a, centroid) < squared_distance(b, centroid);
    };
    return std::max_element(points.begin(), points.end(), nearer) - points.begin();
}

// Each pick is the point farthest from all picks before it; of equally far points the first.
std::vector<Point> farthest_point_sample(const std::vector<Point>& points, std::size_t count, std::size_t start) {
    std::vector<float> nearest(points.size(), std::numeric_limits<float>::infinity());
    std::vector<Point> picks{points[start]};
    while (picks.size() < count) {
        const Point last = points[start];
        nearest[start] = -1.0f;  // below every distance, so that no point is picked twice
        for (std::size_t i = 0; i < points.size(); ++i) {
            nearest[i] = std::min(nearest[i], squared_distance(points[i], last));
            if (nearest[i] > nearest[start]) start = i;
        }
        picks.push_back(points[start]);
    }
    return picks;
}

// Centre on the mean and scale the largest radius to 1.
void normalise(std::vector<Point>& points) {
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
}

}  // namespace

std::vector<float> prepare(const Table& scan, const std::string& up, const PrepareSpec& spec) {
    auto points = finite_points(scan, rotation(unit_vector(up), unit_vector(spec.up)));
    if (!points.empty()) to_unit_box(points);
    points = distinct_points(thin(points));
    if (points.size() < kFewestPoints)
        throw std::runtime_error(std::to_string(points.size()) + " distinct finite points left of " +
                                 std::to_string(scan.rows) + "; at least 16 are needed to recognise an object.");
    const std::size_t wanted = spec.points;
    auto sample = farthest_point_sample(points, std::min(wanted, points.size()), farthest_from_centroid(points));
    for (std::size_t i = 0; sample.size() < wanted; ++i) sample.push_back(Point(sample[i]));  // in the same order again
    normalise(sample);
    std::vector<float> prepared;
    for (const Point& point : sample) {
        prepared.insert(prepared.end(), point.begin(), point.end());
        prepared.insert(prepared.end(), spec.channels - 3, spec.colour_fill);
    }
    return prepared;
}

}  // namespace cg3d
