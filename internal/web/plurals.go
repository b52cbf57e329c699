package web

// plurals are the messages that depend on their first number: in English of one and of
// more, in Portuguese of one and of more.
var plurals = map[string][4]string{
	"Measured on %d photos by cross-validation: each is predicted by a model that has not seen it, its duplicates or its group.": {
		"Measured on %d photo by cross-validation: it is predicted by a model that has not seen it, its duplicates or its group.",
		"Measured on %d photos by cross-validation: each is predicted by a model that has not seen it, its duplicates or its group.",
		"Medida em %d foto por validação cruzada: ela é prevista por um modelo que não a viu, nem suas duplicatas, nem seu grupo.",
		"Medida em %d fotos por validação cruzada: cada uma é prevista por um modelo que não a viu, nem suas duplicatas, nem seu grupo.",
	},
	"Measured on the %d photos of the test split, which the head was not trained on.": {
		"Measured on the %d photo of the test split, which the head was not trained on.",
		"Measured on the %d photos of the test split, which the head was not trained on.",
		"Medida na %d foto do conjunto de teste, que ficou fora do treino.",
		"Medida nas %d fotos do conjunto de teste, que ficaram fora do treino.",
	},
	"Measured on the %d photos of the validation split, which the head was not trained on.": {
		"Measured on the %d photo of the validation split, which the head was not trained on.",
		"Measured on the %d photos of the validation split, which the head was not trained on.",
		"Medida na %d foto do conjunto de validação, que ficou fora do treino.",
		"Medida nas %d fotos do conjunto de validação, que ficaram fora do treino.",
	},
	"Measured on %d photos that the head was not trained on.": {
		"Measured on %d photo that the head was not trained on.",
		"Measured on %d photos that the head was not trained on.",
		"Medida em %d foto que ficou fora do treino.",
		"Medida em %d fotos que ficaram fora do treino.",
	},
	"%d of %d labels are probably wrong. Look at these first, and correct them.": {
		"%d of %d labels is probably wrong. Look at it first, and correct it.",
		"%d of %d labels are probably wrong. Look at these first, and correct them.",
		"%d de %d rótulos provavelmente está errado. Confira e corrija este primeiro.",
		"%d de %d rótulos provavelmente estão errados. Confira e corrija estes primeiro.",
	},
	"%d groups of duplicates have different labels, so some labels are wrong.": {
		"%d group of duplicates has different labels, so some labels are wrong.",
		"%d groups of duplicates have different labels, so some labels are wrong.",
		"%d grupo de duplicatas tem rótulos diferentes: algum deles está errado.",
		"%d grupos de duplicatas têm rótulos diferentes: alguns deles estão errados.",
	},
	"%d groups of duplicates span several splits, which makes scores optimistic. Keep each group in one split.": {
		"%d group of duplicates spans several splits, which makes scores optimistic. Keep it in one split.",
		"%d groups of duplicates span several splits, which makes scores optimistic. Keep each group in one split.",
		"%d grupo de duplicatas está em mais de um conjunto, o que torna as métricas otimistas. Deixe-o em um só.",
		"%d grupos de duplicatas estão em mais de um conjunto, o que torna as métricas otimistas. Deixe cada um em um só.",
	},
	"%d of %d photos are further copies of others. They teach nothing new.": {
		"%d of %d photos is a further copy of another. It teaches nothing new.",
		"%d of %d photos are further copies of others. They teach nothing new.",
		"%d de %d fotos é mais uma cópia de outra. Ela não ensina nada de novo.",
		"%d de %d fotos são mais cópias de outras. Elas não ensinam nada de novo.",
	},
	"%[2]s has only %[1]d photos, so its recall could be anywhere from %[3]s to %[4]s. Add more.": {
		"%[2]s has only %[1]d photo, so its recall could be anywhere from %[3]s to %[4]s. Add more.",
		"%[2]s has only %[1]d photos, so its recall could be anywhere from %[3]s to %[4]s. Add more.",
		"%[2]s tem só %[1]d foto: sua revocação pode estar em qualquer ponto de %[3]s a %[4]s. Inclua mais.",
		"%[2]s tem só %[1]d fotos: sua revocação pode estar em qualquer ponto de %[3]s a %[4]s. Inclua mais.",
	},
	"%[2]s has %[1]d photos, but %[4]s only %[3]d. More photos of %[4]s would balance them.": {
		"%[2]s has %[1]d photo, but %[4]s only %[3]d. More photos of %[4]s would balance them.",
		"%[2]s has %[1]d photos, but %[4]s only %[3]d. More photos of %[4]s would balance them.",
		"%[2]s tem %[1]d foto, mas %[4]s só %[3]d. Mais fotos de %[4]s equilibrariam as classes.",
		"%[2]s tem %[1]d fotos, mas %[4]s só %[3]d. Mais fotos de %[4]s equilibrariam as classes.",
	},
	"%d of %d photos look like nothing else in the data. Remove those that do not belong.": {
		"%d of %d photos looks like nothing else in the data. Remove it if it does not belong.",
		"%d of %d photos look like nothing else in the data. Remove those that do not belong.",
		"%d de %d fotos não se parece com nada nos dados. Se ela não pertence ao conjunto, remova-a.",
		"%d de %d fotos não se parecem com nada nos dados. Remova as que não pertencem ao conjunto.",
	},
	"%d of %d files could not be read. Repair or remove them.": {
		"%d of %d files could not be read. Repair or remove it.",
		"%d of %d files could not be read. Repair or remove them.",
		"%d de %d arquivos não pôde ser lido. Conserte-o ou remova-o.",
		"%d de %d arquivos não puderam ser lidos. Conserte-os ou remova-os.",
	},
	"%d photos: actual %s, predicted %s": {
		"%d photo: actual %s, predicted %s",
		"%d photos: actual %s, predicted %s",
		"%d foto: real %s, previsto %s",
		"%d fotos: real %s, previsto %s",
	},
	"%d further photos are not in this page.": {
		"%d further photo is not in this page.",
		"%d further photos are not in this page.",
		"Mais %d foto não está nesta página.",
		"Mais %d fotos não estão nesta página.",
	},
	"%d groups": {"%d group", "%d groups", "%d grupo", "%d grupos"},
	"%d more look the same.": {
		"%d more looks the same.",
		"%d more look the same.",
		"Mais %d é igual.",
		"Mais %d são iguais.",
	},
	"%d more groups are not shown.": {
		"%d more group is not shown.",
		"%d more groups are not shown.",
		"Mais %d grupo não aparece aqui.",
		"Mais %d grupos não aparecem aqui.",
	},
	"%d of %d photos score above the threshold and would be called unknown.": {
		"%d of %d photos scores above the threshold and would be called unknown.",
		"%d of %d photos score above the threshold and would be called unknown.",
		"%d de %d fotos fica acima do limiar e seria dada como desconhecida.",
		"%d de %d fotos ficam acima do limiar e seriam dadas como desconhecidas.",
	},
	"%d of %d photos are drawn.": {
		"%d of %d photos is drawn.",
		"%d of %d photos are drawn.",
		"%d de %d fotos está no mapa.",
		"%d de %d fotos estão no mapa.",
	},
	"%d other classes": {"%d other class", "%d other classes", "%d outra classe", "%d outras classes"},
	"%d files could not be read": {
		"%d file could not be read",
		"%d files could not be read",
		"%d arquivo não pôde ser lido",
		"%d arquivos não puderam ser lidos",
	},
	"%d photos are in no score, because every model has seen them, a duplicate or their group.": {
		"%d photo is in no score, because every model has seen it, a duplicate or its group.",
		"%d photos are in no score, because every model has seen them, a duplicate or their group.",
		"%d foto não entra em nenhuma métrica, porque todo modelo viu a foto, uma duplicata ou seu grupo.",
		"%d fotos não entram em nenhuma métrica, porque todo modelo viu as fotos, duplicatas ou seus grupos.",
	},
	"%d files that are not images were skipped.": {
		"%d file that is not an image was skipped.",
		"%d files that are not images were skipped.",
		"%d arquivo que não é imagem foi ignorado.",
		"%d arquivos que não são imagens foram ignorados.",
	},
}
