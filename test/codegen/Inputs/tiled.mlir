// The network of whole.mlir, tile by tile, written by hand from its kernels: a convolution cut in rows and channels, a depthwise one
// cut in rows and channels, an add in pixels, a pool as a whole, and a matrix product whose weights are streamed in three chunks.
module attributes {qonnx.producer = "hand"} {
  plat.network attributes {arena_align = 8 : i64} {
    %0 = plat.buffer "input_0" <L2> {align = 4 : i64, owner = #plat.owner<caller>, size_bytes = 576 : i64} : !plat.buffer
    %1 = plat.view %0 : <tensor<1x9x8x8xui8>>
    plat.input 0 %1 : <tensor<1x9x8x8xui8>> ui8 0 to 255 copy {axis = [{end = 72 : i64, extent = 72 : i64, first = 0 : i64, in_stride = 1 : i64, out_stride = 8 : i64}, {end = 8 : i64, extent = 8 : i64, first = 0 : i64, in_stride = 72 : i64, out_stride = 1 : i64}], fill = 0 : i64, in = {bits = 8 : i64, is_signed = 0 : i64}, in_base = 0 : i64, out = {bits = 8 : i64, is_signed = 0 : i64}, out_base = 0 : i64, rank = 2 : i64} <name = "x", shape = [1, 8, 9, 8], view = [1, 8, 9, 8], perm = [0, 2, 3, 1], scale = ["1/8"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0, key = "q_in", head = "", head_axis = -1, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = []>
    %g1_home = plat.buffer "g1_home" <L2> {align = 8, size_bytes = 576} : !plat.buffer
    %g2_home = plat.buffer "g2_home" <L2> {align = 8, size_bytes = 144} : !plat.buffer
    %g5_home = plat.buffer "g5_home" <L2> {align = 8, size_bytes = 2048} : !plat.buffer
    %g1 = plat.stage @weights_01 via %g1_home slots 1 bounds [0, 576] {resident}
    %g2 = plat.stage @weights_02 via %g2_home slots 1 bounds [0, 144]
    %g5 = plat.stage @weights_05 via %g5_home slots 2 bounds [0, 1024, 2048, 2560]
    plat.constant @layer_01_forms <param> <L3> ui8 16 "" dense<[1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]> : tensor<16xi8>
    plat.constant @layer_01_m <param> <L3> si32 16 "" dense<[631, 454, 704, 349, 374, 848, 396, 674, 896, 359, 819, 519, 338, 388, 744, 728]> : tensor<16xi32>
    plat.constant @layer_01_b <param> <L3> si32 16 "" dense<[-163376, -73824, -152441, 88907, 22570, -169010, 96460, -135093, -82959, 130629, 128955, 105658, -167567, 102568, 106992, 7974]> : tensor<16xi32>
    plat.constant @layer_01_n <param> <L3> ui8 16 "" dense<17> : tensor<16xi8>
    plat.step @layer_01_step "q1" {channels = 16 : i64, clamp_max = 15 : i64, clamp_min = 0 : i64, form = 1 : i64, forms = @layer_01_forms, line = {b32 = @layer_01_b, m32 = @layer_01_m, n = @layer_01_n}, terms = 1 : i64} <channels = 16, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2], mult = [631, 454, 704, 349, 374, 848, 396, 674, 896, 359, 819, 519, 338, 388, 744, 728], bias = [-163376, -73824, -152441, 88907, 22570, -169010, 96460, -135093, -82959, 130629, 128955, 105658, -167567, 102568, 106992, 7974], shift = [17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17], aux_begin = [], aux = [], range_min = [-150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000, -150000], range_max = [150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000, 150000]>
    plat.constant @weights_01 <weights> <L3> si4 1152 "O kh kw I" dense<"0xF9C951BCD1EBB39A7E256613DFAF7162A15B2D7C952A3267AA709A61418336BD971EFC44A76D045C5043CFDAFC8FD710C835C26944447B94AE6EBD928BBC83EAC43073BB6777A1BC02D7E8C3180AD3F3F2FEF47E8308073E36A3BF7F2E7E78A34B7E5DA264A4DD8C6C7CC38CB85CEE081E2F509C63C58CD6C8CDB729B7F90EB9866AE260F7E0C6B564A25FEAB13C0C6CBF74FD5D24E5233A28664812BABF0A900D5C407CA2905D0AA8A0AFB08652C0F9DB90ED111ED6300889E8F7B67514FEE24C938C0AD5A9141F69DD600823F2193E8D427AE08F0ACA948411AF4C721C9CC5F88AC9B364897F80A6AA070AEF6F477A91AE2C108C9707EB176166EBA187616A40EEAA0CC3B0F377848D67145C43B28222B48E01A3443A05099BC10F253E85E49A651C97DC571201401F47DBAD7E6F62C5FEDAA2F2038E45E5049207C3AEF04456819C75874A66BFCFBCA689FC190CB5ABE1048F1806F2F78F15897EA5F0357F2935E418EAE7E16F0FB1D77F954CE9C895D964B2DAE26D193462BDA8A053EB34519AE7632E73584F49699AE02A03922010A8F87B4650C7D718FC2236EAD45F9A275DABA0BE75D6CF65BF110003E0F6FDCFE1A204FF6BB9786F93F19BEE3A6D803B9E239C0EE928351DEA79A7B5C4DA041551195385E3448ED5B54A63CD984C3ACD13DDBA741E9C2749DA4F7EED494DB3FC9E294B16155F34668D78F6667DB4CA53A396C92A9AC4A8EB7CD1AF032D600CE7F032E94D0D420D9B630B3440C3236ADF191082F91C55937C9F9838B1F315EC73CDF86CAB0C049863F78D9948FD9D8B"> : tensor<576xi8>
    %2 = plat.buffer "layer_01_out" <L2> {align = 4 : i64, size_bytes = 576 : i64} : !plat.buffer
    %3 = plat.view %2 : <tensor<1x9x8x16xui4>>
    %m2_near = plat.buffer "m2_near" <L1> {align = 8, size_bytes = 64} : !plat.buffer
    %m2 = plat.stream "m" @layer_02_m via %m2_near slots 2 <16 out channels>
    %w1_near = plat.buffer "w1_near" <L1> {align = 8, size_bytes = 576} : !plat.buffer
    %x1_near = plat.buffer "x1_near" <L1> {align = 8, size_bytes = 640} : !plat.buffer
    %y1_near = plat.buffer "y1_near" <L1> {align = 8, size_bytes = 192} : !plat.buffer
    %m1_near = plat.buffer "m1_near" <L1> {align = 8, size_bytes = 32} : !plat.buffer
    %s1 = plat.buffer "s1" <L1> {align = 8, size_bytes = 2160} : !plat.buffer
    %i1 = plat.stream "input" of %1 : !plat.view<tensor<1x9x8x8xui8>> via %x1_near slots 2 <1 out images, 9 in rows, 8 in columns, 8>
    %w1 = plat.stream "weights" of %g1 : !plat.stage via %w1_near slots 2 <16 out channels, 72>
    %f1 = plat.stream "forms" @layer_01_forms <16 out channels>
    %m1 = plat.stream "m" @layer_01_m via %m1_near slots 1 <16 out channels>
    %b1 = plat.stream "b" @layer_01_b <16 out channels>
    %n1 = plat.stream "n" @layer_01_n <16 out channels>
    %o1 = plat.stream "output" of %3 : !plat.view<tensor<1x9x8x16xui4>> via %y1_near slots 2 <1 out images, 9 out rows, 8 out columns, 16 out channels>
    plat.tiled @layer_01 "conv2d" "conv1" layer 1 <order channels images rows columns, images [0 + 1], rows [0 + 3 in 0 + 4 pad 1, 3 + 3 in 2 + 5, 6 + 3 in 5 + 4], columns [0 + 8 in 0 + 8 pad 1], channels [0 + 8, 8 + 8]>
      cores 3 <pixels> grain 1 ins(%i1) out(%o1) weights(%w1) arrays(%f1, %m1, %b1, %n1) scratch(%s1)
      params {acc_bits = 32 : i64, batch = 1 : i64, block = 4 : i64, groups = 1 : i64, h = {dilation = 1 : i64, in = 9 : i64, kernel = 3 : i64, out = 9 : i64, pad = 1 : i64, stride = 1 : i64}, in = {type = {bits = 8 : i64, is_signed = 0 : i64}, zero = 0 : i64}, in_c = 8 : i64, out = {step = @layer_01_step, type = {bits = 4 : i64, is_signed = 0 : i64}}, out_c = 16 : i64, w = {dilation = 1 : i64, in = 8 : i64, kernel = 3 : i64, out = 8 : i64, pad = 1 : i64, stride = 1 : i64}, weight = {type = {bits = 4 : i64, is_signed = 1 : i64}, zero = 0 : i64}} macs 82944
      before {
        plat.start %i1 first
        plat.start %w1 first
      } each {
        plat.start %m1 this
        plat.start %i1 next
        plat.start %w1 next
        plat.start %m2 last
        plat.await %i1 this
        plat.await %w1 this
        plat.await %m1 this
        plat.await %o1 free
        plat.team
        plat.start %o1 this
      } behind {
        plat.await %o1 all
      }
    plat.start_chunk %g2 0
    plat.run @layer_01 channels 0 to 2
    plat.tap %3 "q1" {code_add = 0 : i64, code_mul = 1 : i64, onnx_view = array<i64: 1, 16, 9, 8>, perm = array<i64: 0, 2, 3, 1>, shape = array<i64: 1, 16, 9, 8>} : <tensor<1x9x8x16xui4>>
    plat.constant @layer_02_m <param> <L3> si32 16 "" dense<[287, 151, 278, 277, 240, 72, 158, 277, 215, 56, 145, 102, 127, 117, 159, 280]> : tensor<16xi32>
    plat.constant @layer_02_b <param> <L3> si32 16 "" dense<[8856, 7422, -3394, 3429, -1347, 6103, -4843, 8417, -7890, 2419, 1704, 8096, -3911, 5755, 1595, -3445]> : tensor<16xi32>
    plat.constant @layer_02_n <param> <L3> ui8 16 "" dense<12> : tensor<16xi8>
    plat.step @layer_02_step "q2" {channels = 16 : i64, clamp_max = 127 : i64, clamp_min = -128 : i64, form = 1 : i64, line = {b32 = @layer_02_b, m32 = @layer_02_m, n = @layer_02_n}, terms = 1 : i64} <channels = 16, period = 1, terms = 1, clamp_min = -128, clamp_max = 127, forms = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], mult = [287, 151, 278, 277, 240, 72, 158, 277, 215, 56, 145, 102, 127, 117, 159, 280], bias = [8856, 7422, -3394, 3429, -1347, 6103, -4843, 8417, -7890, 2419, 1704, 8096, -3911, 5755, 1595, -3445], shift = [12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12], aux_begin = [], aux = [], range_min = [-17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280, -17280], range_max = [17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280, 17280]>
    plat.constant @weights_02 <weights> <L3> si8 144 "kh kw C" dense<"0xE4C853E654D91EA019987483405F6EA967D9F3B505F693BF2B069A085F0717EFAB87D605F8E7D127E24728FA427071838D5FF71DEC48A7D7CA908DB9B6D230C88E8F95C695A297A13AE6A144B6FEE9E8B99191AC1374B3C3B2E816232C58058A330310983C2473138F538F5FB2317098EEAE13D75F80E7139B82327BB07BDE7D3105D111EDF67FD4B8A97BB52736B04D"> : tensor<144xi8>
    %5 = plat.buffer "layer_02_out" <L2> {align = 4 : i64, size_bytes = 1152 : i64} : !plat.buffer
    %6 = plat.view %5 : <tensor<1x9x8x16xsi8>>
    %w2_near = plat.buffer "w2_near" <L1> {align = 8, size_bytes = 72} : !plat.buffer
    %x2_near = plat.buffer "x2_near" <L1> {align = 8, size_bytes = 384} : !plat.buffer
    %y2_near = plat.buffer "y2_near" <L1> {align = 8, size_bytes = 320} : !plat.buffer
    %s2 = plat.buffer "s2" <L1> {align = 8, size_bytes = 384} : !plat.buffer
    %i2 = plat.stream "input" of %3 : !plat.view<tensor<1x9x8x16xui4>> via %x2_near slots 2 <1 out images, 9 in rows, 8 in columns, 16 out channels>
    %w2 = plat.stream "weights" of %g2 : !plat.stage via %w2_near slots 1 <3, 3, 16 out channels>
    %b2 = plat.stream "b" @layer_02_b <16 out channels>
    %n2 = plat.stream "n" @layer_02_n <16 out channels>
    %o2 = plat.stream "output" of %6 : !plat.view<tensor<1x9x8x16xsi8>> via %y2_near slots 1 <1 out images, 9 out rows, 8 out columns, 16 out channels>
    plat.tiled @layer_02 "depthwise" "conv2" layer 2 <order images rows channels columns, images [0 + 1], rows [0 + 5 in 0 + 6 pad 1, 5 + 4 in 4 + 5], columns [0 + 8 in 0 + 8 pad 1], channels [0 + 8, 8 + 8]>
      cores 2 <channels> grain 1 ins(%i2) out(%o2) weights(%w2) arrays(%m2, %b2, %n2) scratch(%s2)
      params {acc_bits = 32 : i64, batch = 1 : i64, block = 8 : i64, groups = 16 : i64, h = {dilation = 1 : i64, in = 9 : i64, kernel = 3 : i64, out = 9 : i64, pad = 1 : i64, stride = 1 : i64}, in = {type = {bits = 4 : i64, is_signed = 0 : i64}, zero = 0 : i64}, in_c = 16 : i64, out = {step = @layer_02_step, type = {bits = 8 : i64, is_signed = 1 : i64}}, out_c = 16 : i64, w = {dilation = 1 : i64, in = 8 : i64, kernel = 3 : i64, out = 8 : i64, pad = 1 : i64, stride = 1 : i64}, weight = {type = {bits = 8 : i64, is_signed = 1 : i64}, zero = 0 : i64}} macs 10368
      before {
        plat.start %i2 first
      } each {
        plat.start %w2 this
        plat.start %i2 next
        plat.start %m2 next
        plat.await %i2 this
        plat.await %w2 this
        plat.await %m2 this
        plat.await %o2 free
        plat.team
        plat.start %o2 this
      } behind {
        plat.await %o2 all
      }
    plat.await_chunk %g2 0
    plat.run @layer_02 channels 0 to 2
    plat.constant @layer_03_m <param> <L3> si32 2 "" dense<[35, 13]> : tensor<2xi32>
    plat.constant @layer_03_b <param> <L3> si32 1 "" dense<1200> : tensor<1xi32>
    plat.constant @layer_03_n <param> <L3> ui8 1 "" dense<4> : tensor<1xi8>
    plat.step @layer_03_step "q3" {channels = 1 : i64, clamp_max = 255 : i64, clamp_min = 0 : i64, form = 2 : i64, line = {b32 = @layer_03_b, m32 = @layer_03_m, n = @layer_03_n}, terms = 2 : i64} <channels = 1, period = 1, terms = 2, clamp_min = 0, clamp_max = 255, forms = [2], mult = [35, 13], bias = [1200], shift = [4], aux_begin = [], aux = [], range_min = [0, -128], range_max = [15, 127]>
    %8 = plat.view %5 : <tensor<1x9x8x16xui8>>
    %b3_near = plat.buffer "b3_near" <L1> {align = 8, size_bytes = 1280} : !plat.buffer
    %y3_near = plat.buffer "y3_near" <L1> {align = 8, size_bytes = 1280} : !plat.buffer
    %a3 = plat.stream "a" of %3 : !plat.view<tensor<1x9x8x16xui4>> <72 out rows, 16>
    %b3 = plat.stream "b" of %6 : !plat.view<tensor<1x9x8x16xsi8>> via %b3_near slots 2 <72 out rows, 16>
    %o3 = plat.stream "output" of %8 : !plat.view<tensor<1x9x8x16xui8>> via %y3_near slots 2 <72 out rows, 16>
    plat.tiled @layer_03 "rescale" "q3" layer 3 <order images rows columns channels, images [0 + 1], rows [0 + 40, 40 + 32], columns [0 + 1], channels [0 + 16]>
      cores 4 <pixels> grain 1 ins(%a3, %b3) out(%o3)
      params {elements = 1152 : i64, in = [{bits = 4 : i64, is_signed = 0 : i64}, {bits = 8 : i64, is_signed = 1 : i64}], out = {bits = 8 : i64, is_signed = 0 : i64}, period = 1152 : i64, step = @layer_03_step} macs 0
      before {
        plat.start %b3 first
      } each {
        plat.start %b3 next
        plat.await %b3 this
        plat.await %o3 free
        plat.team
        plat.start %o3 this
      } behind {
        plat.await %o3 all
      }
    plat.run @layer_03 channels 0 to 1
    plat.start_chunk %g5 0
    plat.tap %8 "q3" {code_add = 0 : i64, code_mul = 1 : i64, onnx_view = array<i64: 1, 16, 9, 8>, perm = array<i64: 0, 2, 3, 1>, shape = array<i64: 1, 16, 9, 8>} : <tensor<1x9x8x16xui8>>
    %9 = plat.buffer "layer_04_out" <L2> {align = 4 : i64, size_bytes = 256 : i64} : !plat.buffer
    %10 = plat.view %9 : <tensor<1x4x4x16xui8>>
    %11 = plat.buffer "layer_04_scratch" <L2> {align = 8 : i64, size_bytes = 128 : i64} : !plat.buffer
    plat.kernel "pool_max" "pool" layer 4 ins(%8 : !plat.view<tensor<1x9x8x16xui8>>) outs(%10 : !plat.view<tensor<1x4x4x16xui8>>) scratch(%11 : !plat.buffer) params {batch = 1 : i64, block = 32 : i64, channels = 16 : i64, h = {dilation = 1 : i64, in = 9 : i64, kernel = 2 : i64, out = 4 : i64, pad = 0 : i64, stride = 2 : i64}, minimum = 0 : i64, type = {bits = 8 : i64, is_signed = 0 : i64}, w = {dilation = 1 : i64, in = 8 : i64, kernel = 2 : i64, out = 4 : i64, pad = 0 : i64, stride = 2 : i64}} macs 0
    plat.constant @weights_05 <weights> <L3> si8 2560 "O K" dense<"0x6D6003F6C02B6CF9E2081ACFCFFE2732D2F827E004B4D4B4E444CDCB1A185E0CE4B7B60FE9466D91864C5FF1176D8BC8034F82FC5C57F5F5DCBF685D2005B256FC4CD0005877698A51DD2785477AB69300EFD2E632B369E873883D2F5269EBDE48BE369C010C434C9F86A656573407B7F21B4DF0486CECD4C2A3E270F3CA34536F16C07035F50840015ADF76810F37FD1A2475785BAB39CE1B459DAB26C7308785EBA41600B3C9F7DF6731CEEA4ED5AE18E57DEDA860BBBC0756F7C7727C9D776FC97BFE7FD483D2246F7E176E3F5A56A6DC388E8A9729B07778C991ED54C02DB03B2E72EB115E2F58009A1415357C4E2A0B30E87CBC29E22219C1AC944C4F994C19B78397E1739E40CBAAEC946AD9B3DC9257B3863CC71E041ADE5791238A5C9B7E94BC574F64A28746CF7353B4AA71ECCD875A8284BEADEFBEC271890DFC66DF993BCAAB167F6B029A90859F87A8471F1FD4799E213C6070D5CABB39D3557445670B2A150F9F2A87CD1E5BFE404640F767118024060958D09513C8CB0C7F31AB7843E6F71E9D4A6EE90284456BAC35A0F74B042474E7E0ECE2AFDC1439374ECCFE967C3FB63E6DA9CF218F300F8AB091E878ED050F5AB164C302932DE6DC41AA8E9A913D6A79A04BBDAE0323F7AD49DD65D13DF8F1D89303349E8E9804779CB3CA2282E51861B571253E0347BF3F7642D661FAC9866FE392D0F0A73FC764B1458BA6672D25F774BB3BC929F19DDC67CA60CC085652FECF8D0A172BD5057BB7226977BACE9DEC7412BD03E73A5D05FAF9B1471454D39D16C988622EC7628012DF385E9451EF0DDCC6DCF5D9E4A8AC7D0CD9E9C6E21DE785A1509C312B107CAE875174C408FFDF3B92D33E823664A4BD36FD24439F15B77D648DC48AFCADF2DDD5B41F008F89B1E305896DFA63B433B0DB970BBF6E7C0FB8BEBE4FC6F4F4CB6C4BD4894757924A9A392D4DFB2B5F244D9B26CB34FF58853AB7DFA3265DE68AF3C7574B68979491080B92B300BE865EF99413B91C31D5BD9E09AB6ECB61BFC31650130CFCAC1368F145E73B6B1B74701E8FFC2AF1E0444A8634D3FA25267B0A11EE179D8BD1A232619F466135B7F3CF552C34C7E70DB07309C153B48252BC7E4BCC550FB842676A13341534484424837F426319DE1BCA5F41F6AD2925FC26E85A858D98037E191F5F5C476D3794336785A2F5B2513F4DCEE057794D612FAFD739223BA61FD9B8162F57D014EAE053DD9EB634955285811D821B4BB2878FE4D97E08C9E552BECAD0B68EB3A6D77B6F5C9F8625C9F9350DD69008B2A032E266458A9BF04A96619BFAFFF296D1D82183691B56017DA2FC47F1531E4C788BFCACD8D73742DF83144A39BA2B452B4EA1BF5833FD46E16F1130F95F910E8C2ECFFBC2AFE40AC1626FFAD13C34EE4F40EA1873E8F467C305613CFE4EECC0BEAE0A458ECA1F8747ACDAF624E0B7A23918E2A11FADF313C04C10364E6DC30DDA8F3B33538C6CFF4D34B2DD15BA0AF0944F94D25CE51BCF42941FDBF47E025E3280B9129598FDB89323EB30AC5549F10FAE3259622E679BE95BC17AE09605D9D3F805FF9ED6373152AFE71FC6C57977F9FB8363C43319C4C8FB2ABC59D6CF6C4FE9BA14863879E9969E0F1BE4B81E65B9D226636F3914D6A497856F78AA2907B77A5E7AE1248437AE1200FDA8C68E8C4ACA173CDFD6B41E2742DE3623F53CC53D01FA9D95B64E99EE7D587FD019A9C8F4D3C6624DAD946175E1EF3E819059C911A49C572DA06084DAD44117826232E470AB256B5BCF4DA99E2918573C76C6192F8EE0F165ABCB3E5538FB614A05BAF4DCE7B9F101B0E0007AF46AF3B9A950A561C4BAB46B48D7E273AFC63F9D4FF9983E9587ED6B19BDC55AACE7BA35D63B2E8502BEFA3E367A9634B33627B991FC0235E2648A61BA8A79B8A504DECC1442C9000963878C2FCD79779092A6DD4873D16549F5A63828EE1FC396ECD6386F296F463520832B772AF48AFF6B97CAC90B440BA00636C791B0E65AB23910F9C8A41B2E39FD334F2B9E2C25763CFCF832CDC5E983684F644A1AD6A1C91A1D012EA5E1A8DB1B346F365BA27823D90D038BD409F98AEF984C65E610B2E4FB9DC298A8A52EC582E00A87258EEC24278D784F2CD99D5497AC2B7D4C036D868D22209C5428D0AF89CFEBC9AE37395830CE29F50474901E680E390CC3018473B339CDF44DAE8EC4BE9EE8DD043BCCDAD28E33FC627FED30476BEC258DB787A14D339EF4405140F28F008A065EFBF635E826590E187FEED07408C51910AD298278FFD22367EC9AEB389760DD5EC7188CB9CD84C41ACD34B1D66D4BAE542D4B2B90F8E78793C5F65CB58A9822A1B8BD79C55B81DBF2CBB9357EA732EEF2A50BDA870709A396E49850390885269568102952094C58225644CD464551C982FA0241FBE5BBAC91994F266221698072702F42F84135A0490824A4F20706723274F1C8A13AE8D63BFAD8CE6BDA962443395BBE51CE0040B43A361A67AD0C4A1464B96674D9CC83C23B7AF93D2E430189E680049DDB1C0C2502FB0760AE7CADE7C158143E9662403B9517505C0334FA45C2E23EA0E828A4A8644249547E8DB76C6C5F5472DAA1614B7BC584F6E64D941629466BBCAEF1A787B47EADEE689CE62B779C55C75099CA242BE183DF0C06AC204402184A579A1D1BFF425F031CE7C39AEA3F6D7AC83B2EE6699A2084A25125920CF06015E6EB684F63E8E89DDC5EBF99C6A47EDC87D47FF116ECD1CAE9B36EB0E7AE9954F2036259CF9DC495D16416F723CE1E0426EDCDF648902742CF15F2AFE56DCCDE5C2A4DBA9334BEEBA5147A32897EAFE6780F1BADE7C7700AF41990B38030E3CD1999D82A336676FE283ADBB818A368B0B9D2496C929194B153C35434A73FD338D6AE2982751BCC05B0B6FABBCE7E0ABC266FFDD395033BE5114EE8C1FAFAB087B69B7AEBF5ACD7CE078F5949B815BDABEFF7FC9FFDA52CB295EED91B2FAB6CDD8522525090ADFDCBD5CD30C7E8E5F029A28175937E28A3A0E5993B52AF32D37C7EC5041B9B6ED45E4519BBA201F6FAE56AF97C99484A2F424FACF42D5A1C82197A88B8735652196ACA2BEDAA35496E90152BAD0ADF6250FBBDEE9540DE470A2ACD39D5F233491D7F23E0D3488480D9B5FD680034B340C50155A629630817391C409E7F7C3A899DBC41651FCD6A912677C6830AC9E09748D80FFB158D5750AB427C380E25D27D9831C7E69FD31DD71F9B184438DF0B1E73E524604EB705394923457108B9E86651D12196CD0E7052A70C48394A13BE046686951C353807FCA3B153B81DD4DABC4E492E4C487F2C33DFC95313C4ED2DA153A281F85D4EED0CC3CDF1FABF10914313C3440CA20BEDF21EB038A8388BA4BE26EF816AC7640C9E6490946FB877F2162E29F5EFEA108FF2D88E09593FA00CADB94C4751F39C3E2800A474C45C6868E12EE1B94ED410E3A78860E5E407E7178B88A035E955860735D321351CB596D935578F68B42FB6CE3A7178AA2C2373C1B70047EB35008AE20E5F44D25FC4C686B8ED428E84AC6D96E8A4252D6C78E983FCE83543B5B2C0E6616961A29B70D64CFA7071C8BC7E43A0FAF58248F293FCB0E680936E984D"> : tensor<2560xi8>
    %12 = plat.buffer "layer_05_out" <L2> {align = 4 : i64, size_bytes = 40 : i64} : !plat.buffer
    %13 = plat.view %12 : <tensor<1x10xsi32>>
    %w5_near = plat.buffer "w5_near" <L1> {align = 8, size_bytes = 1024} : !plat.buffer
    %x5_near = plat.buffer "x5_near" <L1> {align = 8, size_bytes = 256} : !plat.buffer
    %y5_near = plat.buffer "x5_near" <L1> {align = 8, size_bytes = 8} : !plat.buffer
    %s5 = plat.buffer "s5" <L1> {align = 8, size_bytes = 1024} : !plat.buffer
    %i5 = plat.stream "input" of %10 : !plat.view<tensor<1x4x4x16xui8>> via %x5_near slots 1 <1 out rows, 256>
    %w5 = plat.stream "weights" of %g5 : !plat.stage via %w5_near slots 2 <10 out channels, 256>
    %o5 = plat.stream "output" of %13 : !plat.view<tensor<1x10xsi32>> via %y5_near slots 1 <1 out rows, 10 out channels>
    plat.tiled @layer_05 "matmul" "fc" layer 5 <order channels images rows columns, images [0 + 1], rows [0 + 1], columns [0 + 1], channels [0 + 2, 2 + 2, 4 + 2, 6 + 2, 8 + 2]>
      cores 2 <channels> grain 1 ins(%i5) out(%o5) weights(%w5) scratch(%s5)
      params {acc_bits = 32 : i64, block = 1 : i64, in = {type = {bits = 8 : i64, is_signed = 0 : i64}, zero = 0 : i64}, k = 256 : i64, out = {type = {bits = 32 : i64, is_signed = 1 : i64}}, out_c = 10 : i64, rows = 1 : i64, weight = {type = {bits = 8 : i64, is_signed = 1 : i64}, zero = 0 : i64}} macs 2560
      before {
        plat.start %w5 first
      } each {
        plat.start %i5 this
        plat.start %w5 next
        plat.await %i5 this
        plat.await %w5 this
        plat.await %o5 free
        plat.team
        plat.start %o5 this
      } behind {
        plat.await %o5 all
      }
    plat.await_chunk %g5 0
    plat.start_chunk %g5 1
    plat.run @layer_05 channels 0 to 2 chunk 0
    plat.await_chunk %g5 1
    plat.start_chunk %g5 2
    plat.run @layer_05 channels 2 to 4 chunk 1
    plat.await_chunk %g5 2
    plat.run @layer_05 channels 4 to 5 chunk 2
    plat.output 0 %13 : <tensor<1x10xsi32>> si32 -2147483648 to 2147483647 copy {axis = [{end = 10 : i64, extent = 10 : i64, first = 0 : i64, in_stride = 1 : i64, out_stride = 1 : i64}], fill = 0 : i64, in = {bits = 32 : i64, is_signed = 1 : i64}, in_base = 0 : i64, out = {bits = 32 : i64, is_signed = 1 : i64}, out_base = 0 : i64, rank = 1 : i64} <name = "y", shape = [1, 10], view = [1, 10], perm = [0, 1], scale = ["1/64"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0, key = "", head = "", head_axis = -1, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = []>
  }
}


