#include "voxel_grid.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "sampling.hpp"

namespace cg3d {
namespace {

// The constants and the search of voxel_grid.py, whose comments give the reasons.
constexpr std::int64_t kMostPoints = 8192;
constexpr std::int64_t kAim = 7900;
constexpr std::int64_t kEnoughPoints = 7400;
constexpr std::int64_t kFirstGuess = 128;
constexpr std::int64_t kFinest = 1 << 20;
constexpr int kAttempts = 24;

constexpr std::uint64_t kMostBits = 1 << 27;  // a bit for each voxel up to here, 16 MB

class Grid {
  public:
    Grid(const std::vector<Point>& points, std::int64_t resolution) {
        low_ = points.front();
        Point high = low_;
        for (const Point& point : points)
            for (int axis = 0; axis < 3; ++axis) {
                low_[axis] = std::min(low_[axis], point[axis]);
                high[axis] = std::max(high[axis], point[axis]);
            }
        Point extent;
        for (int axis = 0; axis < 3; ++axis) extent[axis] = high[axis] - low_[axis];
        const float longest = *std::max_element(extent.begin(), extent.end());
        scale_ = longest > 0 ? static_cast<float>(resolution) / longest : 0.0f;
        for (int axis = 0; axis < 3; ++axis)
            last_[axis] = std::min(std::floor(extent[axis] * scale_), static_cast<float>(resolution - 1));
    }

    // How many voxels there are, occupied or not; at most 2^60.
    std::uint64_t cells() const { return side(0) * side(1) * side(2); }

    // The number of the voxel that holds a point.
    std::uint64_t number(const Point& point) const {
        std::uint64_t number = 0;
        for (int axis = 0; axis < 3; ++axis)
            number = number * side(axis) + static_cast<std::uint64_t>(cell(axis, offset(axis, point)));
        return number;
    }

    // The squared distance of a point to the centre of its voxel, in voxel sides.
    float distance(const Point& point) const {
        float distance = 0.0f;
        for (int axis = 0; axis < 3; ++axis) {
            const float along = offset(axis, point);
            const float from_centre = (along - cell(axis, along)) - 0.5f;
            distance += from_centre * from_centre;
        }
        return distance;
    }

  private:
    float offset(int axis, const Point& point) const { return (point[axis] - low_[axis]) * scale_; }
    float cell(int axis, float offset) const { return std::min(std::floor(offset), last_[axis]); }
    std::uint64_t side(int axis) const { return static_cast<std::uint64_t>(last_[axis]) + 1; }

    Point low_;
    Point last_;  // highest index on each axis
    float scale_;
};

std::int64_t count_occupied(const std::vector<Point>& points, std::int64_t resolution) {
    const Grid grid(points, resolution);
    if (grid.cells() <= kMostBits) {
        std::vector<bool> occupied(static_cast<std::size_t>(grid.cells()));
        std::int64_t count = 0;
        for (const Point& point : points) {
            auto cell = occupied[grid.number(point)];
            count += !cell;
            cell = true;
        }
        return count;
    }
    std::unordered_set<std::uint64_t> occupied;
    for (const Point& point : points) occupied.insert(grid.number(point));
    return static_cast<std::int64_t>(occupied.size());
}

std::int64_t integer_root(std::int64_t number) {
    return static_cast<std::int64_t>(std::sqrt(static_cast<double>(number)));  // exact below 2^52
}

struct Search {
    std::int64_t fits;                      // the finest grid found with at most 8,192 occupied voxels
    std::optional<std::int64_t> too_fine;  // the coarsest found with more
};

Search search_resolution(const std::vector<Point>& points) {
    std::int64_t fits = 1, kept = 1, too_many = 0, guess = kFirstGuess;
    std::optional<std::int64_t> too_fine;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const std::int64_t count = count_occupied(points, guess);
        if (count > kMostPoints) {
            too_fine = guess;
            too_many = count;
        } else {
            fits = guess;
            kept = count;
        }
        if (fits == kFinest || (too_fine && (kept >= kEnoughPoints || *too_fine - fits == 1))) break;
        if (!too_fine) {
            guess = std::min(guess * std::max<std::int64_t>(4, integer_root(kMostPoints / kept)), kFinest);
        } else if (attempt % 2 == 0) {
            const auto log_ratio = [](double a, double b) { return std::log(a / b); };
            const double exponent = log_ratio(too_many, kept) / log_ratio(*too_fine, fits);
            const double aimed = fits * std::pow(static_cast<double>(kAim) / kept, 1.0 / exponent);
            guess = std::min(std::max(static_cast<std::int64_t>(std::nearbyint(aimed)), fits + 1), *too_fine - 1);
        } else {
            guess = std::max(integer_root(fits * *too_fine), fits + 1);
        }
    }
    return {fits, too_fine};
}

std::vector<Point> nearest_to_centres(const std::vector<Point>& points, std::int64_t resolution) {
    const Grid grid(points, resolution);
    std::unordered_map<std::uint64_t, std::tuple<float, Point>> nearest;
    for (const Point& point : points) {
        const auto candidate = std::make_tuple(grid.distance(point), point);  // ties go by coordinates
        const auto [entry, is_new] = nearest.emplace(grid.number(point), candidate);
        if (!is_new) entry->second = std::min(entry->second, candidate);
    }
    std::vector<Point> kept;
    for (const auto& [voxel, best] : nearest) kept.push_back(std::get<Point>(best));
    return kept;
}

}  // namespace

std::vector<Point> thin(const std::vector<Point>& points) {
    if (static_cast<std::int64_t>(points.size()) <= kMostPoints) return points;
    const Search found = search_resolution(points);
    if (!found.too_fine) {
        auto distinct = distinct_points(points);
        if (static_cast<std::int64_t>(distinct.size()) <= kMostPoints) return distinct;
    }
    return nearest_to_centres(points, found.fits);
}

}  // namespace cg3d
