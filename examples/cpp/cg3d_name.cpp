// Name scans: cg3d_name [--units m|cm|mm] [--no-colour] BUNDLE LABELS.npy UP SCAN.npy...
//
// With --units the length of a scan counts beside its shape, and its colours unless --no-colour is given, as in `cg3d-infer`.
// UP is the way up in the scans: x, y, z, -x, -y, -z, or a direction of any length, 0.1,-9.7,-1.2, as an accelerometer
// at rest reads it.
//
// Prints one JSON object a line. Exit 0: every scan was answered; 1: some were not; 2: nothing could start.

#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "npy.hpp"
#include "recognizer.hpp"
#include "upward.hpp"

namespace {

nlohmann::json to_json(const std::string& file, const cg3d::Answer& answer, const cg3d::Table& scan) {
    nlohmann::json top = nlohmann::json::array();
    for (const auto& [label, score] : answer.top) top.push_back({{"label", label}, {"score", score}});
    nlohmann::json tree = top.front();
    tree.update({{"file", file}, {"unknown", answer.unknown}, {"top", top}, {"points", scan.rows}});
    if (answer.nearer) tree["nearer"] = *answer.nearer;
    return tree;
}

// One line of ASCII, so that a name cannot steer a terminal; it need not be valid UTF-8, and what is not is replaced.
void print(const nlohmann::json& tree) {
    std::cout << tree.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << std::endl;
}

// What stands before the other arguments.
struct Options {
    std::optional<double> metres;
    bool colour = true;
};

bool name(cg3d::Recognizer& recognizer, const std::string& file, const cg3d::Up& up, const Options& options) {
    try {
        const auto scan = cg3d::read_npy(file);
        auto tree = to_json(file, recognizer(scan, up, options.metres, options.colour), scan);
        tree.update({{"backend", "onnxruntime-cpu"}, {"precision", recognizer.bundle().precision}});
        print(tree);
        return true;
    } catch (const std::exception& error) {
        print({{"file", file}, {"error", error.what()}});
        return false;
    }
}

double metres_of(const std::string& unit) {
    const std::map<std::string, double> units{{"m", 1.0}, {"cm", 1e-2}, {"mm", 1e-3}};
    const auto found = units.find(unit);
    if (found == units.end()) throw std::runtime_error("--units must be m, cm or mm.");
    return found->second;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        Options options;
        for (std::string first; count > 2 && (first = arguments[1]).rfind("--", 0) == 0;) {
            const bool is_units = first == "--units";
            if (is_units) options.metres = metres_of(arguments[2]);
            else if (first == "--no-colour") options.colour = false;
            else break;
            count -= 1 + is_units, arguments += 1 + is_units;
        }
        if (count < 5) {
            std::cerr << "usage: cg3d_name [--units m|cm|mm] [--no-colour] BUNDLE LABELS.npy UP SCAN.npy...\n";
            return 2;
        }
        const cg3d::Up up = cg3d::as_up(arguments[3]);
        cg3d::Recognizer recognizer(arguments[1], arguments[2]);
        int failures = 0;
        for (int i = 4; i < count; ++i) failures += !name(recognizer, arguments[i], up, options);
        return failures ? 1 : 0;
    } catch (const std::exception& error) {
        std::cerr << "cg3d_name: " << error.what() << "\n";
        return 2;
    }
}
