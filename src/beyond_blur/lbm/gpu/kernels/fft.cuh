// Inverse FFT in shared memory, for sides that are powers of two.

__device__ __forceinline__ float2 times(float2 a, float2 b) {
  return make_float2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

// Inverse FFT of N <= 16 numbers in registers, radix 2, not normalised.
template <int N>
__device__ __forceinline__ void small_fft(float2 (&v)[N]) {
  static_assert(N <= 16, "the table of waves is for 16 parts of a turn");
  const float wave[9] = {1.0f, 0.923879533f, 0.707106781f, 0.382683432f, 0.0f,
                         -0.382683432f, -0.707106781f, -0.923879533f, -1.0f};
  float2 even[N / 2], odd[N / 2];
#pragma unroll
  for (int i = 0; i < N / 2; ++i) {
    even[i] = v[2 * i];
    odd[i] = v[2 * i + 1];
  }
  small_fft<N / 2>(even);
  small_fft<N / 2>(odd);
#pragma unroll
  for (int k = 0; k < N / 2; ++k) {
    const int at = k * 16 / N;  // of 16 parts of a turn; sin(at) = cos(at - 4)
    const float2 t = times(odd[k], make_float2(wave[at], wave[at < 4 ? 4 - at : at - 4]));
    v[k] = make_float2(even[k].x + t.x, even[k].y + t.y);
    v[k + N / 2] = make_float2(even[k].x - t.x, even[k].y - t.y);
  }
}

template <>
__device__ __forceinline__ void small_fft<1>(float2 (&)[1]) {}

// Batched inverse FFT of length FINE * COARSE, in place, in two passes of decimation in time: FFTs
// of FINE neighbours, twiddles, then FFTs of COARSE numbers FINE apart. The input is permuted as
// gpu/layout.py (fft_order) says, the output is in order. Neighbouring threads take neighbouring
// lines.
template <int FINE, int COARSE>
__device__ __forceinline__ void fft_lines(float2* field, int n_lines, int line_stride, int stride,
                                          const float2* roots) {
  for (int i = threadIdx.x; i < n_lines * COARSE; i += FRAME_THREADS) {
    float2* at = field + i % n_lines * line_stride + i / n_lines * FINE * stride;
    float2 v[FINE];
#pragma unroll
    for (int k = 0; k < FINE; ++k) v[k] = at[k * stride];
    small_fft<FINE>(v);
#pragma unroll
    for (int k = 0; k < FINE; ++k) at[k * stride] = times(v[k], roots[i / n_lines * k]);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < n_lines * FINE; i += FRAME_THREADS) {
    float2* at = field + i % n_lines * line_stride + i / n_lines * stride;
    float2 v[COARSE];
#pragma unroll
    for (int k = 0; k < COARSE; ++k) v[k] = at[k * FINE * stride];
    small_fft<COARSE>(v);
#pragma unroll
    for (int k = 0; k < COARSE; ++k) at[k * FINE * stride] = v[k];
  }
  __syncthreads();
}
