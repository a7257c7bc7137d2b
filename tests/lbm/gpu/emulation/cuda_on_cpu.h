// Enough of CUDA to run the kernels on one CPU core: every thread of a cluster of blocks is a fiber, a
// barrier yields to the next one, clusters run one after another. Arithmetic, indexing and the order
// that barriers impose are those of the kernels; warps, caches and timing are not.
#pragma once
#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

struct float2 { float x, y; };
struct float4 { float x, y, z, w; };
struct double2 { double x, y; };
struct ulonglong2 { unsigned long long x, y; };
struct dim3_ { unsigned x = 0, y = 0, z = 0; };
inline float2 make_float2(float x, float y) { return {x, y}; }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned __int128)a * b >> 64;
}
inline void sincospif(float x, float* s, float* c) {
  *s = std::sin(3.141592653589793 * x);
  *c = std::cos(3.141592653589793 * x);
}

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __cluster_dims__(...)
#define __shared__ static  // for kernels whose blocks run one after another
#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(emulation::shared_memory())

namespace emulation {

inline dim3_ thread, block, block_size;
inline std::vector<std::vector<float>> shared;  // of each block of the cluster
inline bool backwards = false;  // run the fibers of a block in the opposite order

struct Barrier {
  unsigned waiting = 0, generation = 0;
};

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  unsigned thread, block;  // within the cluster
  bool done = false;
};

inline ucontext_t scheduler;
inline std::vector<Fiber> fibers;
inline Barrier all;  // threads of the cluster
inline std::vector<Barrier> warps;
inline std::vector<float> slots;
inline const std::function<void()>* body = nullptr;

inline unsigned me = 0, first_block = 0;

inline void yield() { swapcontext(&fibers[me].context, &scheduler); }

inline float* shared_memory() { return shared[fibers[me].block].data(); }

inline const float* of_block(const float* here, int rank) {
  return shared[rank].data() + (here - shared_memory());
}

inline void wait(Barrier& barrier, unsigned members) {
  const unsigned mine = barrier.generation;
  if (++barrier.waiting == members) {
    barrier.waiting = 0;
    ++barrier.generation;
  }
  while (barrier.generation == mine) yield();
}

inline void enter() {
  (*body)();
  fibers[me].done = true;
}

inline void run_cluster() {
  for (unsigned i = 0; i < fibers.size(); ++i) {
    Fiber& fiber = fibers[i];
    fiber.done = false;
    fiber.thread = i % block_size.x;
    fiber.block = i / block_size.x;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = 1 << 17;
    fiber.context.uc_link = &scheduler;
    makecontext(&fiber.context, enter, 0);
  }
  for (bool busy = true; busy;) {
    busy = false;
    for (unsigned i = 0; i < fibers.size(); ++i) {
      me = backwards ? fibers.size() - 1 - i : i;
      if (fibers[me].done) continue;
      busy = true;
      thread.x = fibers[me].thread;
      block.x = first_block + fibers[me].block;
      swapcontext(&scheduler, &fibers[me].context);
    }
  }
}

inline void launch(unsigned grid_x, unsigned grid_y, unsigned threads, unsigned shared_bytes,
                   unsigned cluster, const std::function<void()>& kernel) {
  fibers.resize(cluster * threads);
  for (Fiber& fiber : fibers)
    if (!fiber.stack) fiber.stack.reset(new char[1 << 17]);
  // What is read before it is written shows.
  shared.assign(cluster, std::vector<float>(shared_bytes / 4 + 4, NAN));
  warps.assign((fibers.size() + 31) / 32, Barrier());
  slots.assign(fibers.size(), 0.0f);
  all = Barrier();
  block_size.x = threads;
  body = &kernel;
  for (block.y = 0; block.y < grid_y; ++block.y)
    for (first_block = 0; first_block < grid_x; first_block += cluster) run_cluster();
}

inline float shuffle(float value, int source) {
  const unsigned warp = me / 32;
  slots[me] = value;
  wait(warps[warp], 32);
  const float got = slots[32 * warp + source];
  wait(warps[warp], 32);
  return got;
}

}  // namespace emulation

#define threadIdx emulation::thread
#define blockIdx emulation::block
#define blockDim emulation::block_size
#define __syncthreads() emulation::wait(emulation::all, emulation::fibers.size())
#define sync_cluster() __syncthreads()
#define of_block(here, rank) emulation::of_block(here, rank)
#define __shfl_sync(mask, value, source) emulation::shuffle(value, source)
