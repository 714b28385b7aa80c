// Print what the point encoder would read: prepare_points BUNDLE UP SCAN.npy > points.f32
//
// UP as for cg3d_name. Raw float32, (N, C) row by row, to be compared with `cg3d_runtime.preparation.prepare`.
// Exit 2 and one line: it cannot be done.

#include <exception>
#include <iostream>

#include "bundle.hpp"
#include "npy.hpp"
#include "prepare.hpp"
#include "upward.hpp"

int main(int count, char** arguments) {
    if (count != 4) {
        std::cerr << "usage: prepare_points BUNDLE UP SCAN.npy > points.f32\n";
        return 2;
    }
    try {
        const auto spec = cg3d::Bundle::open(arguments[1]).prepare;
        const auto points = cg3d::prepare(cg3d::read_npy(arguments[3]), cg3d::as_up(arguments[2]), spec).points;
        std::cout.write(reinterpret_cast<const char*>(points.data()), points.size() * sizeof(float));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "prepare_points: " << error.what() << "\n";
        return 2;
    }
}
