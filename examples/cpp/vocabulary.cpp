#include "vocabulary.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace cg3d {
namespace {

using nlohmann::json;

json read_json(std::filesystem::path path) {
    std::ifstream file(path.replace_extension(".json"));
    if (!file) throw std::runtime_error(path.string() + ": cannot be read.");
    return json::parse(file);
}

std::vector<UsualLength> read_lengths(const json& rows, std::size_t count) {
    std::vector<UsualLength> lengths;
    for (const json& row : rows) lengths.push_back({row.at(0), row.at(1)});
    if (lengths.size() != count) throw std::runtime_error("as many lengths as names are needed.");
    return lengths;
}

std::vector<UsualColours> read_colours(const json& rows, std::size_t count) {
    auto colours = rows.get<std::vector<UsualColours>>();
    if (colours.size() != count) throw std::runtime_error("as many rows of colours as names are needed.");
    return colours;
}

std::vector<double> softmax(std::vector<double> logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    for (double& logit : logits) logit = std::exp(logit - largest);
    const double sum = std::accumulate(logits.begin(), logits.end(), 0.0);
    for (double& logit : logits) logit /= sum;
    return logits;
}

}  // namespace

Vocabulary::Vocabulary(const std::filesystem::path& file, const Bundle& bundle)
    : matrix_(read_npy(file)), scale_(bundle.logit_scale / bundle.temperature), threshold_(bundle.unknown_threshold) {
    try {
        const json tree = read_json(file);
        labels_ = tree.at("labels").get<std::vector<std::string>>();
        competes_ = !tree.at("rivals").is_null();
        if (competes_) rivals_ = tree.at("rivals").get<std::vector<std::string>>();
        if (const json& lengths = tree.at("lengths"); !lengths.is_null())
            lengths_ = Lengths(lengths.at("weight"), read_lengths(lengths.at("labels"), labels_.size()),
                               read_lengths(lengths.at("rivals"), rivals_.size()));
        const json& colours = tree.at("colours");
        colours_ = Colours(read_colours(colours.at("labels"), labels_.size()),
                           read_colours(colours.at("rivals"), rivals_.size()));
        const bool fits = matrix_.columns == bundle.embedding_dim && matrix_.rows == labels_.size() + rivals_.size();
        if (!fits || labels_.empty() || tree.at("points_sha256") != bundle.points.sha256 ||
            competes_ != (threshold_.has_value() && bundle.has_rivals))
            throw std::runtime_error("they are of another bundle.");
    } catch (const std::exception& error) {
        throw std::runtime_error(file.string() + ": not labels of this bundle, with their .json beside (" + error.what() +
                                 "). Write both with export_labels.py.");
    }
}

Verdict Vocabulary::judge(const std::vector<float>& features, const Cues& cues) const {
    auto labels = logits(features, 0, labels_.size());
    auto rivals = logits(features, labels_.size(), matrix_.rows);
    if (cues.length && lengths_) {
        lengths_->add_to_labels(labels, *cues.length);
        lengths_->add_to_rivals(rivals, *cues.length);
    }
    if (cues.colours && colours_) {
        colours_->add_to_labels(labels, *cues.colours);
        colours_->add_to_rivals(rivals, *cues.colours);
    }
    Verdict verdict{softmax(labels), false, std::nullopt};
    if (!threshold_) return verdict;
    const double best = *std::max_element(labels.begin(), labels.end());
    const auto rival = std::max_element(rivals.begin(), rivals.end());
    const double nearest = rival == rivals.end() ? -std::numeric_limits<double>::infinity() : *rival;
    // With rivals, against the nearest of them alone: all together would weigh by their number.
    const double assurance = competes_ ? softmax({best, nearest})[0]
                                       : *std::max_element(verdict.scores.begin(), verdict.scores.end());
    verdict.unknown = assurance < *threshold_;
    if (verdict.unknown && nearest > best) verdict.nearer = rivals_[rival - rivals.begin()];
    return verdict;
}

std::vector<double> Vocabulary::logits(const std::vector<float>& features, std::size_t first, std::size_t last) const {
    std::vector<double> logits;
    for (std::size_t row = first; row < last; ++row) {
        const float* embedding = &matrix_.values[row * matrix_.columns];
        logits.push_back(scale_ * std::inner_product(features.begin(), features.end(), embedding, 0.0));
    }
    return logits;
}

}  // namespace cg3d
