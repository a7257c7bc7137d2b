// Key frames of the flow from its modes.
//   waves (n, HEIGHT * WIDTH): amplitudes of u^ + i v^, forward (x, y) and backward wave (z, w)
//   turn (n_frames, HEIGHT * WIDTH): phase factor of every mode at a key frame
//   begin (rows, n_frames + 1), inverse (rows, n_inverse), table (n): the row of an image's frames
//   share: what bend_at_walls changes; 0 on the pixels' lattice
// Key frame r of a segment, counted over all images, is frame r % n_frames of image r / n_frames.

// One mode of a key frame's spectrum.
__device__ __forceinline__ float2 spectrum(float4 a, float2 turn) {
  return make_float2(turn.x * (a.x + a.z) - turn.y * (a.y - a.w),
                     turn.x * (a.y + a.w) + turn.y * (a.x - a.z));
}

#ifdef FINE_X  // sides are powers of two and a key frame fits into shared memory

// Limited key frames, one per block: spectrum, inverse FFT in shared memory, speed limit.
extern "C" __global__ void __launch_bounds__(FRAME_THREADS)
make_frames(const float4* waves, const float2* turn, const int* begin, const float* inverse,
            const int* table, int n_frames, int n_limited, int n_inverse, int joint, double share,
            float2* frames) {
  DYNAMIC_SHARED(float4, memory);
  const int stride = WIDTH + 1, cells = HEIGHT * WIDTH;  // odd: columns lie in different banks
  float2* field = reinterpret_cast<float2*>(memory);
  float2* roots_x = field + HEIGHT * stride;
  float2* roots_y = roots_x + WIDTH;
  const int image = blockIdx.x / n_frames, frame = blockIdx.x % n_frames;
  for (int i = threadIdx.x; i < WIDTH + HEIGHT; i += FRAME_THREADS) {
    const float part = i < WIDTH ? 2.0f * i / WIDTH : 2.0f * (i - WIDTH) / HEIGHT;
    sincospif(part, &roots_x[i].y, &roots_x[i].x);
  }
  for (int i = threadIdx.x; i < cells; i += FRAME_THREADS)
    field[i / WIDTH * stride + i % WIDTH] =
        spectrum(waves[(size_t)image * cells + i], turn[(size_t)frame * cells + i]);
  __syncthreads();
  fft_lines<FINE_Y, HEIGHT / FINE_Y>(field, WIDTH, 1, stride, roots_y);
  fft_lines<FINE_X, WIDTH / FINE_X>(field, HEIGHT, stride, 1, roots_x);
  const float2 scale = to_unit_rms(field, stride, joint);
  bend_at_walls(field, stride, (float)share);
  limit(field, stride, begin + (size_t)table[image] * (n_frames + 1) + frame,
        inverse + (size_t)table[image] * n_inverse, scale,
        frames + (size_t)image * n_limited * PLANE);
}

#endif

// Spectra of key frames first, first + 1, ... for cuFFT, one for each blockIdx.y; none from `total`
// on.
extern "C" __global__ void spectra(const float4* waves, const float2* turn, int first, int total,
                                   int n_frames, float2* out) {
  const int cells = HEIGHT * WIDTH, r = first + blockIdx.y;
  const int cell = blockIdx.x * blockDim.x + threadIdx.x;
  if (r >= total || cell >= cells) return;
  out[(size_t)blockIdx.y * cells + cell] =
      spectrum(waves[(size_t)(r / n_frames) * cells + cell],
               turn[(size_t)(r % n_frames) * cells + cell]);
}

// Limited key frames first, first + 1, ... from those that cuFFT made, raw (batch, HEIGHT, WIDTH),
// or, with `unit`, from the one field of a steady flow.
extern "C" __global__ void __launch_bounds__(FRAME_THREADS)
limit_frames(float2* raw, const int* begin, const float* inverse, const int* table, int first,
             int total, int n_frames, int n_limited, int n_inverse, int unit, int joint,
             double share, float2* frames) {
  const int r = first + blockIdx.x, image = r / n_frames;
  if (r >= total) return;
  float2* field = raw + (unit ? 0 : (size_t)blockIdx.x * HEIGHT * WIDTH);
  const float2 scale = unit ? make_float2(1.0f, 1.0f) : to_unit_rms(field, WIDTH, joint);
  bend_at_walls(field, WIDTH, (float)share);
  limit(field, WIDTH, begin + (size_t)table[image] * (n_frames + 1) + r % n_frames,
        inverse + (size_t)table[image] * n_inverse, scale,
        frames + (size_t)image * n_limited * PLANE);
}
