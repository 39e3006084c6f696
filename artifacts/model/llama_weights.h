// The shape and the weights of a Llama: what a loader fills and the model reads.
#pragma once

#include "buffer.h"
#include "rope_scaling.h"

/// Which two channels of a head RoPE turns together.
enum class RopeLayout {
  kInterleaved,  // 2i and 2i + 1: llama2.c
  kHalfSplit,    // i and i + head_dim / 2: Hugging Face
};

struct LlamaConfig {
  int dim = 0;
  int ffn_dim = 0;
  int layers = 0;
  int heads = 0;
  int kv_heads = 0;  // query head h reads key/value head h / (heads / kv_heads)
  int head_dim = 0;  // heads * head_dim need not be dim
  int vocab_size = 0;
  int context = 0;  // tokens, as trained
  float rope_theta = 10000.0f;
  RopeScaling rope_scaling = {};
  float norm_eps = 1e-5f;
  bool tied_embeddings = true;  // the output layer is token_embedding
  RopeLayout rope_layout = RopeLayout::kInterleaved;
};

/// Device memory, fp32, layers stacked as in a llama2.c checkpoint.
struct LlamaWeights {
  Buffer<float> token_embedding;  // (vocab_size, dim)
  Buffer<float> attention_norm;   // (layers, dim)
  Buffer<float> wq;               // (layers, heads * head_dim, dim)
  Buffer<float> wk;               // (layers, kv_heads * head_dim, dim)
  Buffer<float> wv;               // (layers, kv_heads * head_dim, dim)
  Buffer<float> wo;               // (layers, dim, heads * head_dim)
  Buffer<float> ffn_norm;         // (layers, dim)
  Buffer<float> w_gate;           // (layers, ffn_dim, dim)
  Buffer<float> w_up;             // (layers, ffn_dim, dim)
  Buffer<float> w_down;           // (layers, dim, ffn_dim)
  Buffer<float> final_norm;       // (dim)
  Buffer<float> output;           // (vocab_size, dim); empty when tied_embeddings
};
