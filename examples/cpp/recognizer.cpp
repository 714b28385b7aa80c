#include "recognizer.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

#include "colours.hpp"
#include "lengths.hpp"
#include "measurements.hpp"
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

}  // namespace

Recognizer::Recognizer(const std::filesystem::path& bundle, const std::filesystem::path& labels)
    : bundle_(Bundle::open(bundle)),
      vocabulary_(labels, bundle_),
      environment_(open_environment()),
      session_(open_session(environment_, bundle_.points_graph())) {}

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

Answer Recognizer::operator()(const Table& scan, const Up& up, std::optional<double> metres, bool colour,
                              std::size_t top) {
    const PrepareSpec& spec = bundle_.prepare;
    if (spec.channels == 6 && scan.columns >= 6)
        throw std::runtime_error("this model sees colour, which this program does not read: give x, y and z alone.");
    const Table points = measured(scan);
    const auto prepared = prepare(points, up, spec);
    Cues cues;
    if (metres) cues.length = length_of(prepared, spec.channels, spec.up, *metres);
    if (colour) cues.colours = colours_of(points);
    const auto verdict = vocabulary_.judge(embed(prepared.points), cues);
    std::vector<std::size_t> order(verdict.scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return verdict.scores[a] > verdict.scores[b]; });
    Answer answer{{}, verdict.unknown, verdict.nearer};
    for (std::size_t i = 0; i < std::min(top, order.size()); ++i)
        answer.top.push_back({vocabulary_.labels()[order[i]], verdict.scores[order[i]]});
    return answer;
}

}  // namespace cg3d
