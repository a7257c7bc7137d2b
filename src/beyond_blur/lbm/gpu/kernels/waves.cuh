// The random waves of a flow (lbm/turbulence.py), drawn from each image's own key.

struct Mode {                        // one mode of the grid; MODE of gpu/draw.py
  double2 forward[2], backward[2];   // factors on the waves of both components in key frames
  double2 removed;                   // unit vector along k whose part is taken out, or 0
  double half;                       // half the amplitude
  int position, opposite;            // of this mode and of its opposite, in the order of drawing
};

struct Waves {  // of components x and y, without the factors for key frames
  double2 forward[2], backward[2];
};

// half exp(+-i theta) of both components, theta the phases of the mode drawn at `position`, less
// the part along `removed`.
__device__ __forceinline__ void draw(ulonglong2 key, int position, double half, double sign,
                                     double2 removed, double2 (&wave)[2]) {
  unsigned long long word[4];
  philox(position / 2 + 1, key, word);
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    double s, c;
    sincos(6.283185307179586 * uniform(position % 2 ? word[2 + i] : word[i]), &s, &c);
    wave[i].x = half * c;
    wave[i].y = sign * half * s;
  }
  const double x = removed.x * wave[0].x + removed.y * wave[1].x;
  const double y = removed.x * wave[0].y + removed.y * wave[1].y;
  wave[0].x -= removed.x * x;
  wave[0].y -= removed.x * y;
  wave[1].x -= removed.y * x;
  wave[1].y -= removed.y * y;
}

// The wave that turns forward is that of the mode itself, the one that turns backward the conjugate
// of that of the opposite mode.
__device__ __forceinline__ Waves waves_of(ulonglong2 key, const Mode& mode) {
  Waves drawn;
  draw(key, mode.position, mode.half, 1.0, mode.removed, drawn.forward);
  draw(key, mode.opposite, mode.half, -1.0, mode.removed, drawn.backward);
  return drawn;
}

// a x + i b y
__device__ __forceinline__ float2 joined(const double2 (&factor)[2], const double2 (&wave)[2]) {
  const double2 x = factor[0], y = factor[1];
  return make_float2(
      (float)(x.x * wave[0].x - x.y * wave[0].y - (y.x * wave[1].y + y.y * wave[1].x)),
      (float)(x.x * wave[0].y + x.y * wave[0].x + (y.x * wave[1].x - y.y * wave[1].y)));
}

// Amplitudes of u^ + i v^ in key frames, (n, count): forward (x, y) and backward wave (z, w).
extern "C" __global__ void draw_waves(const ulonglong2* keys, const Mode* modes, int n, int count,
                                      float4* waves) {
  const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= (size_t)n * count) return;
  const Mode mode = modes[i % count];
  const Waves drawn = waves_of(keys[i / count], mode);
  const float2 forward = joined(mode.forward, drawn.forward);
  const float2 backward = joined(mode.backward, drawn.backward);
  waves[i].x = forward.x;
  waves[i].y = forward.y;
  waves[i].z = backward.x;
  waves[i].w = backward.y;
}
