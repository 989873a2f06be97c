# Writes the digest of the files as a string literal. A file that would not change keeps its time.
set(sums "")
list(SORT FILES)
foreach(file ${FILES})
  file(SHA256 ${file} sum)
  string(APPEND sums "${sum}\n")
endforeach()
string(SHA256 all "${sums}")
file(CONFIGURE OUTPUT ${OUT} CONTENT "\"${all}\"\n")
