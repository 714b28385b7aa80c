#include "colours.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace cg3d {
namespace {

using Colour = std::array<double, 3>;  // red, green and blue; or hue in degrees, lightness and chroma

constexpr double kOdd = 0.05;                     // as likely as colours get, beside 1 for the usual ones
constexpr double kEnough = 0.5;                   // share of the points that have to be of the usual colours
constexpr std::size_t kMostPoints = 1 << 18;      // that are looked at
constexpr Colour kSoft{8.0, 0.05, 0.015};         // half the width of an edge
constexpr double kHundredths = 100.0;             // that shares are told in ...
constexpr double kTie = 1e-9;                     // ... and by which their halves are more than half
constexpr double kAlmostOne = 1.01;               // the largest of colours from 0 to 1, with a rounding error
constexpr double kSlack = 0.01001;                // by which normals are longer or shorter than 1

struct Region {
    std::size_t term;
    Colour from, to;  // hue, lightness, chroma
};

constexpr Region kRegions[] = {
    {0, {-90.0, -1.0, -1.0}, {450.0, 0.30, 0.05}},   {0, {-90.0, -1.0, -1.0}, {450.0, 0.20, 1.0}},
    {1, {-90.0, 0.70, -1.0}, {450.0, 2.0, 0.045}},   {1, {60.0, 0.75, -1.0}, {115.0, 2.0, 0.075}},
    {1, {225.0, 0.68, -1.0}, {310.0, 2.0, 0.08}},    {2, {225.0, 0.28, -1.0}, {310.0, 0.80, 0.055}},
    {2, {-90.0, 0.28, -1.0}, {450.0, 0.85, 0.035}},  {3, {358.0, 0.22, 0.09}, {398.0, 0.72, 1.0}},
    {4, {36.0, 0.45, 0.10}, {76.0, 0.90, 1.0}},      {5, {80.0, 0.42, 0.07}, {118.0, 2.0, 1.0}},
    {6, {108.0, 0.20, 0.035}, {195.0, 2.0, 1.0}},    {7, {195.0, 0.18, 0.035}, {292.0, 2.0, 1.0}},
    {8, {284.0, 0.15, 0.045}, {345.0, 0.80, 1.0}},   {8, {345.0, 0.15, 0.045}, {378.0, 0.45, 1.0}},
    {9, {335.0, 0.62, 0.05}, {392.0, 2.0, 1.0}},     {10, {35.0, 0.18, 0.03}, {100.0, 0.70, 0.13}},
    {10, {50.0, 0.66, 0.045}, {95.0, 0.86, 0.11}},
};

// Ottosson's matrices: from linear sRGB to the responses of the eye's cones, and from their cube roots to OKLab.
constexpr double kCones[3][3] = {{0.4122214708, 0.5363325363, 0.0514459929},
                                 {0.2119034982, 0.6806995451, 0.1073969566},
                                 {0.0883024619, 0.2817188376, 0.6299787005}};
constexpr double kOklab[3][3] = {{0.2104542553, 0.7936177850, -0.0040720468},
                                 {1.9779984951, -2.4285922050, 0.4505937099},
                                 {0.0259040371, 0.7827717662, -0.8086757660}};

Colour product(const double (&matrix)[3][3], const Colour& of) {
    Colour result{};
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t column = 0; column < 3; ++column) result[row] += matrix[row][column] * of[column];
    return result;
}

// sRGB from 0 to 1 -> hue, lightness, chroma.
Colour oklch(Colour rgb) {
    for (double& part : rgb) part = part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    Colour cones = product(kCones, rgb);
    for (double& part : cones) part = std::cbrt(part);
    const Colour lab = product(kOklab, cones);
    const double hue = std::atan2(lab[2], lab[1]) * 180 / std::acos(-1.0);
    return {hue < 0 ? hue + 360 : hue, lab[0], std::hypot(lab[1], lab[2])};
}

// How well a colour fits a region, from 0 to 1.
double fit(Colour place, const Region& region) {
    if (place[0] < region.from[0] - kSoft[0]) place[0] += 360;  // around the circle of hues
    double worst = 1.0;
    for (std::size_t i = 0; i < 3; ++i) {
        const double inside = std::min(place[i] - region.from[i], region.to[i] - place[i]) / (2 * kSoft[i]) + 0.5;
        worst = std::min(worst, std::clamp(inside, 0.0, 1.0));
    }
    return worst;
}

bool is_finite(const float* row, std::size_t count) {
    return std::all_of(row, row + count, [](float part) { return std::isfinite(part); });
}

// What the last three columns have to be divided by; nothing where they are no colours, but normals or other numbers.
std::optional<float> full_scale(const Table& scan) {
    float least = std::numeric_limits<float>::infinity(), largest = -least;
    bool all_unit = true;  // rows of zeros apart, where no normal was found
    for (std::size_t row = 0; row < scan.rows; ++row) {
        const float* rgb = &scan.values[row * scan.columns + 3];
        if (!is_finite(rgb, 3)) continue;
        least = std::min({least, rgb[0], rgb[1], rgb[2]});
        largest = std::max({largest, rgb[0], rgb[1], rgb[2]});
        const double length = std::sqrt(double(rgb[0]) * rgb[0] + double(rgb[1]) * rgb[1] + double(rgb[2]) * rgb[2]);
        all_unit = all_unit && (length == 0 || std::abs(length - 1) <= kSlack);
    }
    if (least > largest || least < 0 || largest > 255 || (all_unit && largest > 0)) return std::nullopt;
    return largest < kAlmostOne ? 1.0f : 255.0f;
}

struct Cell {  // points of like colour, which are judged by their mean
    Colour sums{};
    double count = 0;
};

void add(Shares& shares, const Cell& cell, double points) {
    Colour mean = cell.sums;
    for (double& part : mean) part = part / cell.count / 255;
    const Colour place = oklch(mean);
    Shares fits{};
    for (const Region& region : kRegions) fits[region.term] = std::max(fits[region.term], fit(place, region));
    for (std::size_t term = 0; term < kTerms; ++term) shares[term] += fits[term] * cell.count / points;
}

double evidence(const Shares& colours, const UsualColours& usual) {
    double share = 0;
    for (std::size_t term = 0; term < kTerms; ++term) share += usual[term] ? colours[term] : 0.0;
    const bool any = std::none_of(usual.begin(), usual.end(), [](bool is_usual) { return is_usual; });
    return any ? 0.0 : std::log(kOdd + (1 - kOdd) * std::min(1.0, share / kEnough));
}

void add(std::vector<double>& logits, const std::vector<UsualColours>& usual, const Shares& colours) {
    for (std::size_t i = 0; i < logits.size(); ++i) logits[i] += evidence(colours, usual[i]);
}

}  // namespace

std::optional<Shares> colours_of(const Table& scan) {
    if (scan.columns > 6)
        throw std::runtime_error("colours are read from scans of six columns, x, y, z, r, g and b; it has " +
                                 std::to_string(scan.columns) + ". Give these six, three, or --no-colour.");
    const auto full = scan.columns == 6 && scan.rows > 0 ? full_scale(scan) : std::nullopt;
    if (!full) return std::nullopt;
    std::map<int, Cell> cells;
    double points = 0;
    bool is_grey = true;
    for (std::size_t row = 0; row < scan.rows; row += (scan.rows + kMostPoints - 1) / kMostPoints) {
        const float* values = &scan.values[row * scan.columns];
        if (!is_finite(values, 6)) continue;  // a pixel without a place is of what lies around
        int level[3];
        for (std::size_t i = 0; i < 3; ++i)
            level[i] = int(std::nearbyint(std::clamp(values[3 + i] / *full, 0.0f, 1.0f) * 255.0f));
        is_grey = is_grey && level[0] == level[1] && level[1] == level[2];
        Cell& cell = cells[(level[0] >> 4) << 8 | (level[1] >> 4) << 4 | level[2] >> 4];
        for (std::size_t i = 0; i < 3; ++i) cell.sums[i] += level[i];
        ++cell.count, ++points;
    }
    if (is_grey) return std::nullopt;  // reflectance, or the plain material of a CAD program
    Shares shares{};
    for (const auto& [_, cell] : cells) add(shares, cell, points);
    for (double& share : shares) share = std::floor(share * kHundredths + (0.5 + kTie)) / kHundredths;
    return shares;
}

Colours::Colours(std::vector<UsualColours> labels, std::vector<UsualColours> rivals)
    : labels_(std::move(labels)), rivals_(std::move(rivals)) {}

void Colours::add_to_labels(std::vector<double>& logits, const Shares& colours) const { add(logits, labels_, colours); }

void Colours::add_to_rivals(std::vector<double>& logits, const Shares& colours) const { add(logits, rivals_, colours); }

}  // namespace cg3d
