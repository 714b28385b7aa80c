#include "turning.hpp"

#include <cmath>

namespace cg3d {
namespace {

using Vector = std::array<double, 3>;

constexpr double kOpposite = 1e-12;  // one plus the cosine of directions between which no turn is the shortest

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector cross(const Vector& a, const Vector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// About x, or about y where the direction is along x; made perpendicular to it.
Turn half_turn(const Up& from) {
    const Vector& source = from.direction;
    const Vector side = std::abs(source[0]) > 0.5 ? Vector{0, 1, 0} : Vector{1, 0, 0};
    const double along = dot(side, source);
    Vector about;
    for (int i = 0; i < 3; ++i) about[i] = side[i] - along * source[i];
    const double length = std::sqrt(dot(about, about));
    for (double& part : about) part /= length;
    Turn turn{{}, from.is_axis};
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) turn.rows[i][j] = 2 * about[i] * about[j] - (i == j);
    return turn;
}

}  // namespace

Turn rotation(const Up& from, const Up& to) {
    const Vector &source = from.direction, &target = to.direction;
    const double cosine = dot(source, target);
    if (1 + cosine < kOpposite) return half_turn(from);
    const Vector about = cross(source, target);
    Turn turn{{}, from.is_axis};
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            turn.rows[i][j] = target[i] * source[j] - source[i] * target[j] + about[i] * about[j] / (1 + cosine) +
                              (i == j ? cosine : 0);
    return turn;
}

Point turned(const Point& point, const Turn& turn) {
    Point result;
    for (int i = 0; i < 3; ++i) {
        const Vector& row = turn.rows[i];
        if (turn.is_whole) {
            for (int j = 0; j < 3; ++j)
                if (row[j] != 0) result[i] = point[j] * static_cast<float>(row[j]);
        } else {
            result[i] = static_cast<float>(dot({point[0], point[1], point[2]}, row));
        }
    }
    return result;
}

}  // namespace cg3d
