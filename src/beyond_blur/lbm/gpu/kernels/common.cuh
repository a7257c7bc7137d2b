// Macros, types and memory access that all kernels share.

#define LANES ((WIDTH + COLS - 1) / COLS)
#define PITCH (LANES * COLS)
#define PLANE (HEIGHT * PITCH)
#define SLAB (HEIGHT / CLUSTER)
#define LAST_COL ((WIDTH - 1) % COLS)
#define FULL 0xffffffffu

// Unrolled by three, the rows of the stencil rotate through the registers without moves; with many
// columns there are too few registers for that.
constexpr int UNROLL = CHANNELS * COLS > 12 ? 1 : 3;

#ifndef DYNAMIC_SHARED  // the tests emulate CUDA on a CPU and have their own
#define DYNAMIC_SHARED(type, name) extern __shared__ type name[]

// Distributed shared memory: address of the same variable in another block of the cluster.
__device__ __forceinline__ const float* of_block(const float* shared, int rank) {
#if CLUSTER > 1
  const float* there;
  asm("mapa.u64 %0, %1, %2;" : "=l"(there) : "l"(shared), "r"(rank));
  return there;
#else
  return shared;
#endif
}

__device__ __forceinline__ void sync_cluster() {
#if CLUSTER > 1
  asm volatile("barrier.cluster.arrive.aligned;\nbarrier.cluster.wait.aligned;" ::: "memory");
#else
  __syncthreads();
#endif
}
#endif

#if CLUSTER > 1
#define IN_CLUSTERS __cluster_dims__(CLUSTER, 1, 1)
#else
#define IN_CLUSTERS
#endif

#if COLS % 4 == 0
typedef float4 Pack;
#elif COLS % 2 == 0
typedef float2 Pack;
#else
typedef float Pack;
#endif
#define PACKS (COLS * 4 / (int)sizeof(Pack))

struct Step {      // one lattice step; STEP of gpu/segments.py
  float half;      // cs2 / 2 = alpha
  float part;      // time since key frame `now` over the key-frame spacing
  int now, after;  // key frames of an image to interpolate between
  int level;       // the level this step completes, or 0
};

struct Row {  // COLS neighbouring cells of one row and channel
  union {
    float at[COLS];
    Pack pack[PACKS];
  };
};

struct Shares {        // of COLS source cells of one row, less the value at rest
  float right[COLS], left[COLS], down[COLS], up[COLS];
};

struct Frames {  // half the velocity of COLS cells at two key frames
  float2 now[COLS], after[COLS];
};

__device__ __forceinline__ Row load(const float* from) {
  Row row;
#pragma unroll
  for (int i = 0; i < PACKS; ++i) row.pack[i] = reinterpret_cast<const Pack*>(from)[i];
  return row;
}

__device__ __forceinline__ void store(float* to, const Row& row) {
#pragma unroll
  for (int i = 0; i < PACKS; ++i) reinterpret_cast<Pack*>(to)[i] = row.pack[i];
}

__device__ __forceinline__ void load_velocity(const float2* from, float2* v) {
#if COLS % 2 == 0
#pragma unroll
  for (int i = 0; i < COLS / 2; ++i) {
    float4 two = reinterpret_cast<const float4*>(from)[i];
    v[2 * i] = make_float2(two.x, two.y);
    v[2 * i + 1] = make_float2(two.z, two.w);
  }
#else
#pragma unroll
  for (int i = 0; i < COLS; ++i) v[i] = from[i];
#endif
}

__device__ __forceinline__ Frames load_frames(const float2* now, const float2* after, int at) {
  Frames f;
  load_velocity(now + at, f.now);
  load_velocity(after + at, f.after);
  return f;
}
