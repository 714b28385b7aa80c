#include "npy.hpp"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

namespace cg3d {
namespace {

// The header of versions 1 to 3: magic, version, its own length, then a Python dict as text.
std::string read_header(std::istream& file) {
    unsigned char start[8] = {};
    file.read(reinterpret_cast<char*>(start), sizeof start);
    if (std::string(start, start + 6) != "\x93NUMPY") throw std::runtime_error("is no .npy file.");
    const int width = start[6] == 1 ? 2 : 4;
    std::uint32_t length = 0;
    for (int i = 0; i < width; ++i) length |= static_cast<std::uint32_t>(file.get() & 255) << (8 * i);
    if (!file || length > 65536) throw std::runtime_error("has a damaged header.");
    std::string header(length, '\0');
    file.read(header.data(), length);
    return header;
}

Table parse(const std::string& header) {
    const auto holds = [&](const char* text) { return header.find(text) != std::string::npos; };
    const std::size_t shape = header.find("'shape': (");
    Table table{};
    int closed = 0;  // stays 0 where the shape has one dimension, or three
    if (shape != std::string::npos)
        std::sscanf(header.c_str() + shape, "'shape': (%10zu, %10zu)%n", &table.rows, &table.columns, &closed);
    if (closed == 0 || !holds("'descr': '<f4'") || !holds("'fortran_order': False"))
        throw std::runtime_error("a C-ordered float32 array of two dimensions is needed; it holds " + header);
    return table;
}

}  // namespace

Table read_npy(const std::filesystem::path& path) {
    try {
        if (!std::filesystem::is_regular_file(path)) throw std::runtime_error("cannot be read.");  // a pipe would block
        std::ifstream file(path, std::ios::binary);
        if (!file) throw std::runtime_error("cannot be read.");
        Table table = parse(read_header(file));
        const std::uintmax_t held = std::filesystem::file_size(path) - static_cast<std::uintmax_t>(file.tellg());
        const std::uintmax_t most = held / sizeof(float);  // a header is never trusted for a size
        if (table.columns != 0 && table.rows > most / table.columns) throw std::runtime_error("is cut short.");
        table.values.resize(table.rows * table.columns);
        file.read(reinterpret_cast<char*>(table.values.data()), table.values.size() * sizeof(float));
        return table;
    } catch (const std::exception& error) {
        throw std::runtime_error(path.string() + ": " + error.what());
    }
}

}  // namespace cg3d
