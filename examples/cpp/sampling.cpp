#include "sampling.hpp"

#include <algorithm>
#include <limits>

namespace cg3d {

Sample farthest_point_sample(const std::vector<Point>& points, std::size_t count, std::size_t start) {
    std::vector<float> nearest(points.size(), std::numeric_limits<float>::infinity());
    Sample sample{{start}, std::vector<std::size_t>(points.size())};
    for (std::size_t last = start; ; sample.picks.push_back(last)) {
        const std::size_t place = sample.picks.size() - 1;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const float squared = squared_distance(points[i], points[last]);
            if (!(squared < nearest[i])) continue;
            nearest[i] = squared;
            sample.owners[i] = place;
        }
        sample.owners[last] = place;  // also where its distance to an earlier pick is too small for float32
        nearest[last] = -1.0f;        // below every distance, so that no point is picked twice
        if (sample.picks.size() == count) return sample;
        last = std::max_element(nearest.begin(), nearest.end()) - nearest.begin();
    }
}

std::vector<Point> distinct_points(std::vector<Point> points) {
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    return points;
}

}  // namespace cg3d
