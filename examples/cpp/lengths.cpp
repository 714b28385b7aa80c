#include "lengths.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cg3d {
namespace {

constexpr double kShortest = 1e-3, kLongest = 20.0;  // metres, of what a robot is asked to name
constexpr double kOdd = 0.03;                        // as likely as a length gets, beside 1 for the usual one
constexpr double kMeasuring = 0.3;                   // deviation of the logarithm, by hidden sides and tables that err
const double kNever = std::log(3.0);                 // how many times longer or shorter than usual a thing never is, ...
constexpr double kDeviations = 2.0;                  // ... beside two deviations of its name
constexpr double kBarred = 6.0;                      // what logits lose by that
constexpr int kTurns = 9;                            // about the vertical that are tried, 10 degrees apart

double span(const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *high - *low;
}

double evidence(double length, const UsualLength& usual) {
    const double away = (std::log(length) - usual.mean) / std::hypot(usual.deviation, kMeasuring);
    const double told = std::log(kOdd + (1 - kOdd) * std::exp(-away * away / 2));
    return std::isnan(told) ? 0.0 : told;
}

bool is_barred(double length, const UsualLength& usual) {
    return std::abs(std::log(length) - usual.mean) > kNever + kDeviations * usual.deviation;  // NaN compares as false
}

}  // namespace

std::optional<double> length_of(const Prepared& prepared, std::size_t channels, const Up& model_up, double metres) {
    const std::size_t vertical = model_up.direction[0] != 0 ? 0 : model_up.direction[1] != 0 ? 1 : 2;
    std::vector<double> up, flat[2];
    for (std::size_t i = 0; i < prepared.points.size(); i += channels) {
        up.push_back(prepared.points[i + vertical]);
        for (std::size_t axis = 0, side = 0; axis < 3; ++axis)
            if (axis != vertical) flat[side++].push_back(prepared.points[i + axis]);
    }
    double least = std::numeric_limits<double>::infinity(), longest = 0.0;
    for (int turn = 0; turn < kTurns; ++turn) {  // the narrowest box stands as the object does
        const double angle = turn * 10 * std::acos(-1.0) / 180, c = std::cos(angle), s = std::sin(angle);
        std::vector<double> along, across;
        for (std::size_t i = 0; i < up.size(); ++i) {
            along.push_back(flat[0][i] * c + flat[1][i] * s);
            across.push_back(flat[1][i] * c - flat[0][i] * s);
        }
        const double a = span(along), b = span(across);
        if (a * b < least) least = a * b, longest = std::max(a, b);
    }
    const double length = std::max(span(up), longest) * prepared.unit * metres;
    if (!(length >= kShortest && length <= kLongest)) return std::nullopt;
    return length;
}

Lengths::Lengths(double weight, std::vector<UsualLength> labels, std::vector<UsualLength> rivals)
    : weight_(weight), labels_(std::move(labels)), rivals_(std::move(rivals)) {}

void Lengths::add(std::vector<double>& logits, const std::vector<UsualLength>& usual, double length) const {
    const auto bars = [&](const UsualLength& each) { return is_barred(length, each); };
    const bool bars_all = std::all_of(labels_.begin(), labels_.end(), bars);  // as of files in wrong units
    for (std::size_t i = 0; i < logits.size(); ++i)
        logits[i] += weight_ * evidence(length, usual[i]) - (!bars_all && bars(usual[i]) ? kBarred : 0.0);
}

}  // namespace cg3d
