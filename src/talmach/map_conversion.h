// Between the attention maps of the rooms and the public ones.
#pragma once

#include "attention/attention_map.h"
#include "talmach/attention_map.h"

namespace talmach::front {

v1::AttentionMap ToPublic(AttentionMap map);
AttentionMap ToInternal(v1::AttentionMap map);

}  // namespace talmach::front
