// Makes compressed inputs for tests.
#pragma once

#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <string>

namespace talmach {

template <typename Compressor>
std::string Compress(const std::string& text) {
  std::string compressed;
  boost::iostreams::filtering_streambuf<boost::iostreams::output> stream;
  stream.push(Compressor());
  stream.push(boost::iostreams::back_inserter(compressed));
  stream.sputn(text.data(), std::ssize(text));
  boost::iostreams::close(stream);
  return compressed;
}

inline std::string Gzip(const std::string& text) {
  return Compress<boost::iostreams::gzip_compressor>(text);
}
inline std::string Zstd(const std::string& text) {
  return Compress<boost::iostreams::zstd_compressor>(text);
}

}  // namespace talmach
