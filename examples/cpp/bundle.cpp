#include "bundle.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

namespace cg3d {
namespace {

using nlohmann::json;

constexpr int kFormat = 2;  // the newest; format 1 has the same fields

std::vector<char> read_bytes(const std::filesystem::path& path) {
    if (!std::filesystem::is_regular_file(path)) throw std::runtime_error(path.string() + ": cannot be read.");
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path.string() + ": cannot be read.");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string sha256(const std::vector<char>& bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute a SHA-256 here.");
    std::string hex;
    for (unsigned int i = 0; i < length; ++i)
        for (const int half : {digest[i] >> 4, digest[i] & 15}) hex += "0123456789abcdef"[half];
    return hex;
}

// The path of a bundle's file, links followed, provided that it lies inside the bundle.
std::filesystem::path inside(const std::filesystem::path& directory, const std::string& file) {
    const auto root = std::filesystem::canonical(directory);
    const auto path = std::filesystem::weakly_canonical(root / file);
    const auto relative = path.lexically_relative(root);
    if (relative.empty() || *relative.begin() == "..")
        throw std::runtime_error(directory.string() + ": the manifest names " + json(file).dump(-1, ' ', true) +
                                 ", which leads out of it.");
    return path;
}

Mode read_mode(const json& mode) {
    if (mode == "cg3d") return Mode::cg3d;
    if (mode == "cg3d-2") return Mode::cg3d_2;
    throw std::runtime_error("prepare.mode " + mode.dump(-1, ' ', true) + " is not known here, only \"cg3d\" and "
                             "\"cg3d-2\"; use the Python runtime, or a newer version of this program.");
}

PrepareSpec read_prepare(const json& tree) {
    const PrepareSpec spec{read_mode(tree.at("mode")), tree.at("points"), tree.at("channels"),
                           as_up(tree.at("up").get<std::string>()), tree.at("colour_fill")};
    if (!spec.up.is_axis) throw std::runtime_error("prepare.up must be x, y, z, -x, -y or -z.");
    if (spec.points < 16 || spec.points > 8192 || (spec.channels != 3 && spec.channels != 6))
        throw std::runtime_error("prepare.points must be 16 to 8192, and prepare.channels 3 or 6.");
    return spec;
}

std::string most_exact(const json& precisions) {
    for (const char* precision : {"fp32", "fp16", "int8"})
        if (precisions.contains(precision)) return precision;
    throw std::runtime_error("the bundle holds no points graph.");
}

Bundle read_manifest(const std::filesystem::path& directory, const json& tree) {
    if (const json& format = tree.at("format"); !format.is_number_integer() || format < 1 || format > kFormat)
        throw std::runtime_error("the bundle has format " + format.dump() + "; this program reads 1 and 2.");
    Bundle bundle{};
    bundle.directory = directory;
    bundle.prepare = read_prepare(tree.at("prepare"));
    bundle.embedding_dim = tree.at("embedding_dim");
    bundle.logit_scale = tree.at("logit_scale");
    const json& graphs = tree.at("graphs").at("points");
    bundle.precision = most_exact(graphs);
    const json& entry = graphs.at(bundle.precision);
    bundle.points = {entry.at("file"), entry.at("sha256"), entry.at("bytes")};
    bundle.temperature = 1.0;
    if (const json& confidence = tree.at("confidence"); !confidence.is_null()) {
        bundle.temperature = confidence.at("temperature");
        if (const json& threshold = confidence.at("unknown_threshold"); !threshold.is_null())
            bundle.unknown_threshold = threshold.get<double>();
    }
    bundle.has_rivals = tree.at("files").contains("rivals");
    return bundle;
}

}  // namespace

Bundle Bundle::open(const std::filesystem::path& directory) {
    if (const char* key = std::getenv("CG3D_REQUIRE_SIGNATURE"); key && *key)
        throw std::runtime_error("CG3D_REQUIRE_SIGNATURE is set, and this program verifies no signatures. Verify the bundle "
                                 "with cg3d-doctor --require-signature, and start this program without the variable.");
    const auto path = directory / "manifest.json";
    const auto text = read_bytes(path);
    try {
        return read_manifest(directory, json::parse(text));
    } catch (const std::exception& error) {
        throw std::runtime_error(path.string() + ": " + error.what());
    }
}

std::vector<char> Bundle::points_graph() const {
    const auto path = inside(directory, points.file);
    auto bytes = read_bytes(path);
    if (bytes.size() != points.bytes || sha256(bytes) != points.sha256)
        throw std::runtime_error(path.string() + ": not the bytes that the manifest promises. Copy the bundle again.");
    return bytes;
}

}  // namespace cg3d
