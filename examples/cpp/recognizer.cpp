#include "recognizer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <stdexcept>

#include "prepare.hpp"

namespace cg3d {
namespace {

// ONNX Runtime 1.29 and later write a device id to the user's cache and call home, unless this is set before.
Ort::Env open_environment() {
    setenv("ORT_DISABLE_TELEMETRY", "1", 0);
    return Ort::Env(ORT_LOGGING_LEVEL_WARNING, "cg3d");
}

Ort::Session open_session(Ort::Env& environment, const std::vector<char>& model) {
    return Ort::Session(environment, model.data(), model.size(), Ort::SessionOptions{});
}

std::vector<std::string> read_names(std::filesystem::path path) {
    std::ifstream file(path.replace_extension(".txt"));
    std::vector<std::string> names;
    for (std::string line; std::getline(file, line);) names.push_back(line);
    return names;
}

}  // namespace

Recognizer::Recognizer(const std::filesystem::path& bundle, const std::filesystem::path& labels)
    : bundle_(Bundle::open(bundle)),
      matrix_(read_npy(labels)),
      names_(read_names(labels)),
      environment_(open_environment()),
      session_(open_session(environment_, bundle_.points_graph())) {
    if (matrix_.columns != bundle_.embedding_dim || matrix_.rows != names_.size() || names_.empty())
        throw std::runtime_error(labels.string() + ": not labels of this bundle with their names in a .txt beside. "
                                 "Write both with export_labels.py.");
}

std::vector<float> Recognizer::embed(std::vector<float> prepared) {
    const std::array<std::int64_t, 3> shape{1, bundle_.prepare.points, bundle_.prepare.channels};
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
    auto input = Ort::Value::CreateTensor<float>(memory, prepared.data(), prepared.size(), shape.data(), shape.size());
    const char* const inputs[] = {"points"};
    const char* const outputs[] = {"features"};
    const auto result = session_.Run(Ort::RunOptions{}, inputs, &input, 1, outputs, 1);
    if (result.front().GetTensorTypeAndShapeInfo().GetElementCount() != bundle_.embedding_dim)
        throw std::runtime_error("the graph's features have another length than the manifest's embedding_dim.");
    const float* features = result.front().GetTensorData<float>();
    return {features, features + bundle_.embedding_dim};
}

std::vector<double> Recognizer::scores(const std::vector<float>& features) const {
    const double scale = bundle_.logit_scale / bundle_.temperature;
    std::vector<double> logits;
    for (std::size_t row = 0; row < matrix_.rows; ++row)
        logits.push_back(
            scale * std::inner_product(features.begin(), features.end(), &matrix_.values[row * matrix_.columns], 0.0));
    const double largest = *std::max_element(logits.begin(), logits.end());
    for (double& logit : logits) logit = std::exp(logit - largest);
    const double sum = std::accumulate(logits.begin(), logits.end(), 0.0);
    for (double& logit : logits) logit /= sum;
    return logits;
}

Answer Recognizer::operator()(const Table& scan, const Up& up, std::size_t top) {
    const auto shares = scores(embed(prepare(scan, up, bundle_.prepare)));
    std::vector<std::size_t> order(shares.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return shares[a] > shares[b]; });
    Answer answer{{}, shares[order.front()] < bundle_.unknown_threshold.value_or(0.0)};
    for (std::size_t i = 0; i < std::min(top, order.size()); ++i)
        answer.top.push_back({names_[order[i]], shares[order[i]]});
    return answer;
}

}  // namespace cg3d
