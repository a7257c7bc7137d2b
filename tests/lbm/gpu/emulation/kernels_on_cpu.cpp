// kernels.cu (found by -I) as a shared library: one function per kernel, called by ctypes.
#include "cuda_on_cpu.h"
#include "kernels.cu"

#define GRID unsigned grid_x, unsigned grid_y, unsigned threads, unsigned shared_bytes
#define RUN(cluster, call) \
  emulation::launch(grid_x, grid_y, threads, shared_bytes, cluster, [&] { call; })

extern "C" void set_backwards(int backwards) { emulation::backwards = backwards; }

extern "C" void launch_advance(GRID, float* state, const float2* frames, const Step* steps,
                               const float2* scale, const int* last, const int* keep,
                               const double* base, const double* offset, float* out, int channels,
                               int n_frames, int n_steps, int n_keep) {
  RUN(CLUSTER, advance(state, frames, steps, scale, last, keep, base, offset, out, channels,
                       n_frames, n_steps, n_keep));
}

extern "C" void launch_start(GRID, const float* phi, const double* base, const double* offset,
                             int n_channels, float* state) {
  RUN(1, start(phi, base, offset, n_channels, state));
}

extern "C" void launch_draw_waves(GRID, const ulonglong2* keys, const Mode* modes, int n, int count,
                                  float4* waves) {
  RUN(1, draw_waves(keys, modes, n, count, waves));
}

extern "C" void launch_class_energy(GRID, const ulonglong2* keys, const Mode* modes,
                                    const int* begin, const int* members, int n, int m, int joint,
                                    double* power, float2* swing) {
  RUN(1, class_energy(keys, modes, begin, members, n, m, joint, power, swing));
}

extern "C" void launch_mean_energy(GRID, const double* power, int m, float* mean) {
  RUN(1, mean_energy(power, m, mean));
}

// Doubles as numpy.random.Philox draws them from a key, four for each of n counters.
extern "C" void philox_doubles(const ulonglong2* key, int n, double* out) {
  for (int i = 0; i < n; ++i) {
    unsigned long long word[4];
    philox(i + 1, *key, word);
    for (int j = 0; j < 4; ++j) out[4 * i + j] = uniform(word[j]);
  }
}

extern "C" void launch_turns(GRID, const double* rate, int m, double start, int count,
                             float2* out) {
  RUN(1, turns(rate, m, start, count, out));
}

extern "C" void launch_spectra(GRID, const float4* waves, const float2* turn, int first, int total,
                               int n_frames, float2* out) {
  RUN(1, spectra(waves, turn, first, total, n_frames, out));
}

extern "C" void launch_limit_frames(GRID, const float2* raw, const int* begin,
                                    const float* inverse, int first, int total, int n_frames,
                                    int n_limited, int unit, int joint, float2* frames) {
  RUN(1, limit_frames(raw, begin, inverse, first, total, n_frames, n_limited, unit, joint,
                      frames));
}

extern "C" void launch_scales(GRID, const float* mean, const float2* swing, const float2* turn,
                              const float* speed, int rows, int m, int n_steps, float* out) {
  RUN(1, scales(mean, swing, turn, speed, rows, m, n_steps, out));
}

#ifdef FINE_X
extern "C" void launch_make_frames(GRID, const float4* waves, const float2* turn, const int* begin,
                                   const float* inverse, int n_frames, int n_limited, int joint,
                                   float2* frames) {
  RUN(1, make_frames(waves, turn, begin, inverse, n_frames, n_limited, joint, frames));
}
#endif
