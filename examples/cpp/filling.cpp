#include "filling.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "sampling.hpp"

namespace cg3d {
namespace {

constexpr std::size_t kNeighbours = 6;  // of a point, halfway to which new ones may lie

// The others nearest to a point, nearest first; of equally near ones the first.
std::vector<Point> nearest_others(const std::vector<Point>& points, std::size_t index) {
    std::vector<std::pair<float, std::size_t>> others;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (i != index) others.emplace_back(squared_distance(points[index], points[i]), i);
    const std::size_t count = std::min(kNeighbours, others.size());
    std::partial_sort(others.begin(), others.begin() + count, others.end());
    std::vector<Point> near;
    for (std::size_t i = 0; i < count; ++i) near.push_back(points[others[i].second]);
    return near;
}

// The places halfway from each point to its nearest others, each once, in lexicographic order.
std::vector<Point> middles(const std::vector<Point>& points) {
    std::vector<Point> places;
    for (std::size_t i = 0; i < points.size(); ++i)
        for (const Point& other : nearest_others(points, i)) {
            const Point& point = points[i];
            places.push_back(
                {(point[0] + other[0]) * 0.5f, (point[1] + other[1]) * 0.5f, (point[2] + other[2]) * 0.5f});
        }
    return distinct_points(std::move(places));
}

float squared_to_nearest(const Point& place, const std::vector<Point>& points) {
    float nearest = std::numeric_limits<float>::infinity();
    for (const Point& point : points) nearest = std::min(nearest, squared_distance(place, point));
    return nearest;
}

struct Candidates {
    std::vector<Point> places;
    std::vector<float> nearest;  // squared distance from each to the points that are there
};

Candidates candidates(const std::vector<Point>& points) {
    Candidates free;
    for (const Point& place : middles(points)) {
        const float nearest = squared_to_nearest(place, points);
        if (!(nearest > 0)) continue;
        free.places.push_back(place);
        free.nearest.push_back(nearest);
    }
    return free;
}

// Append up to `count` of the candidates, each time the one farthest from all points that are there by then.
void append_emptiest(std::vector<Point>& points, Candidates free, std::size_t count) {
    for (std::size_t left = std::min(count, free.places.size()); left > 0; --left) {
        const auto emptiest = std::max_element(free.nearest.begin(), free.nearest.end());
        const Point last = free.places[emptiest - free.nearest.begin()];
        *emptiest = -1.0f;  // below every distance
        points.push_back(last);
        for (std::size_t i = 0; i < free.places.size(); ++i)
            free.nearest[i] = std::min(free.nearest[i], squared_distance(free.places[i], last));
    }
}

}  // namespace

std::vector<Point> filled(std::vector<Point> points, std::size_t count) {
    while (points.size() < count) {
        const std::size_t there = points.size();
        append_emptiest(points, candidates(points), count - there);
        if (points.size() == there)  // float32 has no place left between them: the same again, in turn
            while (points.size() < count) points.push_back(Point(points[points.size() - there]));
    }
    return points;
}

}  // namespace cg3d
