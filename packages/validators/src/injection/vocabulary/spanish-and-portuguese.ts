import type { Vocabulary } from '../concepts.js';

export const spanish: Vocabulary = {
  override:
    'ignora, ignore, ignorar, ignoren, ignorad, olvida, olvide, olvidar, olvídate, olvídese, olviden, haz caso omiso, haga caso omiso, hacer caso omiso, no hagas caso, no haga caso, no tengas en cuenta, no tenga en cuenta, desobedece, pasa por alto, pase por alto, desatiende, deja de seguir, no sigas, elude',
  overrideWeak:
    'descarta, descarte, desestima, omite, omita, borra, borre, elimina, elimine, cancela, desactiva, desactive, anula, anule, salta',
  follow: 'sigas, obedezcas, hagas caso, sigue, siga, seguir, obedece, respeta',
  nothing: 'nada',
  anymore: 'ya no, no más',
  guarded: 'contraseña secreta, palabra secreta, código secreto, clave secreta, que guardas, que proteges',
  spelled: 'al revés, letra por letra, pista',
  negation: 'no, nunca, jamás, sin, ningún, ninguna, ni',
  void: 'anuladas, ya no se aplican, ya no valen, sin efecto, canceladas, revocadas',
  directive:
    'instruccion*, indicacion*, directriz, directrices, directiva*, consigna*, prompt del sistema, pautas, lineamientos',
  guard: 'restriccion*, limitacion*, filtro*, ética, censura, salvaguarda*',
  rule: 'regla, reglas, orden, órdenes, tarea*, norma*, mandato*, comando*, peticion*, objetivo*',
  everything: 'todo, todo lo, todo eso',
  all: 'todas, todos, toda, cualquier, cada, estas, las, los',
  prior:
    'anterior*, previ*, hasta ahora, de arriba, arriba, antes, original*, inicial*, precedente*, recibidas, pasadas, existentes',
  your: 'tus, tu, sus, vuestras',
  told: 'dicho, dije, dijo, dado, recibido, aprendido, sabes, dijeron, indicado, dieron, dadas',
  fresh: 'nuevas, nueva, nuevo, nuevos, verdadera, verdadero, siguientes, siguiente',
  task: 'tarea, misión, rol, objetivo, instrucciones, función',
  instead: 'en su lugar, a partir de ahora, desde ahora, en cambio, ahora',
  mine: 'mi, mis, nuestro, nuestra, nuestros, nuestras',
  document:
    'mensaje*, correo*, e mail, email, factura*, página, adjunto*, carta, cita, entrega, pedido*, presupuesto, recordatorio*, reunión, formulario, manual, precio*',
  mention:
    'ejemplo*, ataque*, detecta*, detección, frase*, contiene, contenía, informe*, artículo*, investigador*, bloquead*, formación, texto, significa, llamado, denomina*',
  attacker: 'atacante*, estafador*, delincuente*',
  third: 'su, el modelo, un modelo, intenta*, tratan de, trata de, le dice, hacer que',
  starter: 'ahora, y, luego, entonces, tú, debes, por favor, simplemente, primero, debe, tienes que',
  reveal: 'revela, revele, revelar, divulga, desvela, filtra',
  tell: 'dime, di, muestra, muéstrame, imprime, repite, escribe, dame, lista, traduce, cuál es, cuáles son, comparte, enséñame, indícame, menciones, mencione, digas, informes, avises, diga, cuentes, menciona',
  send: 'envíes, mandes, envía, envíe, enviar, envíame, reenvía, reenvíe, transmite, transfiere, transfiera, sube, publica, exporta, copia, manda, adjunta',
  prompt:
    'prompt del sistema, tus instrucciones, instrucciones iniciales, instrucciones del sistema, instrucciones ocultas, tus reglas, tus directrices, mensaje del sistema, instrucciones secretas, instrucciones originales, prompt inicial',
  secret:
    'contraseña*, credencial*, secreto, secretos, secreta, clave*, tarjeta de crédito, datos bancarios, palabra secreta, tokens, token, código secreto, tarjetas',
  data: 'datos, datos de clientes, bandeja de entrada, contactos, historial, conversación, archivos, base de datos, documentos, correos, agenda',
  sink: 'a la dirección, externo, externa, siguiente dirección, servidor, siguiente enlace',
  people: 'usuario*, humano*, administrador*, operador*, usuaria',
  anyone: 'nadie, alguien, esto, este, esta, estas, nada',
  covert:
    'secretamente, en secreto, a escondidas, silenciosamente, sin que nadie, en segundo plano, disimuladamente, sin que se',
  hush: 'mantén en secreto, guarda el secreto, entre nosotros, oculta, ocultar, esconde, como si nada, no dejes rastro, no menciones, no le digas, no digas, no se lo digas, no reveles a',
  trace: 'registro*, rastro, huellas, resumen',
  model: 'ia, modelo, modelo de lenguaje, asistente*, chatbot, inteligencia artificial, modelos de lenguaje',
  you: 'tú, te, ti, usted, eres',
  loyal: 'obedéceme, obedece solo, solo obedeces, solo me obedeces, escucha solo, haz lo que yo, sigue solo mis',
  forbid: 'no debe, no deben, nadie debe, no dejes que, que no se entere',
  learn: 'saber, enterarse, descubrir, notar, sepa, entere',
  claim: 'soy tu, soy el, soy su, en nombre de, habla tu, de parte de, como tu',
  authority: 'desarrollador*, creador*, administrador*, programador*, operador',
  role: 'sistema, mensaje del sistema',
  ending:
    'fin del documento, fin de la entrada, fin del texto, fin del mensaje, nuevas instrucciones, fin de las instrucciones, fin del correo',
  mode: 'modo desarrollador, modo administrador, modo mantenimiento, modo de mantenimiento, modo depuración, modo dios, modo de desarrollador',
  enter: 'activa, activado, active, entra, cambia, pasa',
  persona:
    'ahora eres, a partir de ahora eres, desde ahora eres, finge ser, finge que, haz como si, actúa como, actúe como, compórtate como, juega el papel, interpreta el papel, quiero que actúes, quiero que seas, quiero que te, imagina que eres, a partir de ahora serás, hazte pasar, quiero que finjas',
  character:
    'mi primera, mantente en el personaje, responde solo, responde únicamente, en tu personaje, permanece en el personaje',
  free: 'sin restriccion*, sin reglas, sin ninguna, ninguna regla, sin límites, sin censura, sin filtros, ninguna restricción, amoral, sin ética, libre de, sin limitaciones, no tiene reglas, ningún filtro, ningún límite',
  refuse: 'niegues, rechac*, negarte, disculp*, advertencia*, te niegues, rehús*',
  comply: 'por supuesto, cualquier pregunta, obedece, cualquier petición, responde a todo',
  outlaw: 'bomba*, explosivo*, arma, armas, drogas, veneno, robar, matar, hackear',
  call: 'llama, ejecuta, ejecute, usa, utiliza, invoca, realiza, realice, haz',
  tool: 'herramienta*, función, script, transferencia*, pago*, comando',
  danger: 'todos los archivos, todos los datos, todos los fondos',
  unasked:
    'sin preguntar, sin confirmación, sin autorización, sin aprobación, sin avisar, sin informar, sin pedir, sin decírselo, sin el permiso, sin consultar',
  address:
    'nota para la ia, atención ia, si eres una ia, si eres un modelo, querido asistente, asistente de ia, instrucciones para la ia, si eres un asistente, a cualquier ia, asistentes de ia',
  urgent: 'importante, urgente, antes de responder, en primer lugar, en tu respuesta, al final de',
  decode: 'decodifica, descifra, descodifica',
  action:
    'responde, envía, reenvía, escribe, borra, ignora, olvida, revela, da, recomienda, visita, haz, llama, ejecuta, aprueba, califica, di',
  haul: 'historial de la conversación, historial completo, toda la conversación, conversación completa, últimos mensajes, últimos correos, bandeja de entrada, variables de entorno, todo lo que el usuario',
  reply: 'tu respuesta, la respuesta, el enlace',
  unseen:
    'sin avisar al usuario, sin informar al usuario, sin decírselo al usuario, sin decirle al usuario, sin que el usuario, el usuario no debe saber',
  teaching: 'lección, curso, estudio, taller',
};

export const portuguese: Vocabulary = {
  override:
    'ignore, ignora, ignorar, ignorem, esqueça, esquece, esquecer, esqueçam, desconsidere, desconsidera, desconsiderar, despreze, não leve em conta, não leves em conta, desobedeça, pare de seguir, não siga, deixe de lado, contorne, negligencie',
  overrideWeak: 'descarte, apague, apaga, exclua, cancele, desative, desativa, remova, anule, pule',
  follow: 'siga, seguir, obedeça, respeite',
  nothing: 'nada',
  anymore: 'não mais, mais',
  guarded: 'senha secreta, palavra secreta, código secreto, que você guarda, que você protege',
  spelled: 'de trás para frente, letra por letra, dica',
  negation: 'não, nunca, jamais, sem, nenhum, nenhuma, nem',
  void: 'anuladas, não se aplicam mais, não valem mais, canceladas, revogadas, sem efeito',
  directive: 'instruç*, diretriz*, orientaç*, prompt do sistema, diretivas',
  guard: 'restriç*, limitaç*, filtro*, ética, censura',
  rule: 'regra, regras, ordem, ordens, tarefa*, norma*, comando*, pedidos, objetivo*',
  everything: 'tudo, tudo o, tudo isso',
  all: 'todas, todos, toda, qualquer, cada, essas, estas, as, os',
  prior:
    'anterior*, prévi*, acima, antes, original, originais, inicial, iniciais, até agora, precedente*, recebidas, existentes',
  your: 'suas, seus, sua, seu, tuas, teu',
  told: 'dito, disse, dado, dadas, recebido, aprendeu, sabe, foi dito, fornecid*',
  fresh: 'novas, nova, novo, novos, verdadeira, verdadeiro, seguintes, seguinte',
  task: 'tarefa, missão, papel, objetivo, instruções, função',
  instead: 'em vez disso, a partir de agora, de agora em diante, agora',
  mine: 'meu, minha, meus, minhas, nosso, nossa, nossas',
  document:
    'mensagem, email, e mail, fatura*, página, anexo*, carta, consulta, entrega, pedido, orçamento, lembrete*, reunião, formulário, manual, preço*',
  mention:
    'exemplo*, ataque*, detecta*, detecção, frase*, contém, continha, relatório*, artigo*, pesquisador*, bloquead*, treinamento, texto, significa',
  attacker: 'atacante*, invasor*, golpista*',
  third: 'o modelo, um modelo, tenta*, tentam, fazer com que, deles',
  starter: 'agora, e, depois, então, você, deve, por favor, simplesmente, primeiro',
  reveal: 'revele, revela, revelar, divulgue, exponha, vaze',
  tell: 'diga, diz, mostre, mostra, imprima, repita, escreva, liste, traduza, qual é, quais são, forneça, me dê, conte, informe, mencione, avise',
  send: 'envie, envia, enviar, encaminhe, encaminha, transmita, transfira, carregue, publique, exporte, copie, mande',
  prompt:
    'prompt do sistema, suas instruções, instruções iniciais, instruções do sistema, instruções ocultas, suas regras, suas diretrizes, mensagem do sistema, instruções secretas, instruções originais, prompt inicial',
  secret:
    'senha, senhas, credenciais, segredo, segredos, secreta, chave, chaves, cartão de crédito, dados bancários, palavra secreta, palavra passe, token, cartões',
  data: 'dados, dados dos clientes, caixa de entrada, contatos, histórico, conversa, arquivos, ficheiros, banco de dados, documentos, emails',
  sink: 'externo, externa, seguinte endereço, servidor',
  people: 'usuário*, utilizador*, humano*, administrador*, operador*',
  anyone: 'ninguém, alguém, isso, isto, esta, este, essas, nada',
  covert: 'secretamente, em segredo, escondido, silenciosamente, sem que ninguém, em segundo plano, discretamente',
  hush: 'mantenha em segredo, guarde segredo, entre nós, esconda, oculte, como se nada, não deixe rastros, não mencione, não conte, não diga a, não revele a',
  trace: 'registro*, registos, rastros, resumo',
  model: 'ia, modelo, modelo de linguagem, assistente*, chatbot, inteligência artificial, modelos de linguagem',
  you: 'você, te, ti, tu, vocês',
  loyal: 'obedeça apenas, obedeça só, obedeça a mim, ouça apenas, siga apenas as minhas',
  forbid: 'não deve, não devem, ninguém deve, não deixe que, não pode',
  learn: 'saber, descobrir, perceber, saiba',
  claim: 'sou seu, sou o seu, sou o, em nome de, aqui é o seu, como seu',
  authority: 'desenvolvedor*, criador*, administrador*, programador*, operador',
  role: 'sistema, mensagem do sistema',
  ending: 'fim do documento, fim da entrada, fim do texto, fim da mensagem, novas instruções, fim das instruções',
  mode: 'modo desenvolvedor, modo administrador, modo de manutenção, modo de depuração, modo deus, modo de desenvolvedor',
  enter: 'ative, ativado, entre, mude, ativa',
  persona:
    'agora você é, você agora é, a partir de agora você, de agora em diante você, finja ser, finja que, aja como, comporte se como, interprete o papel, faça de conta, quero que você, imagine que você é, atue como, faça o papel, tu agora és',
  character: 'minha primeira, permaneça no personagem, responda apenas, responda somente, no personagem',
  free: 'sem restriç*, sem regras, nenhuma regra, sem limites, sem censura, sem filtros, nenhuma restrição, amoral, sem ética, livre de, sem limitaç*, não tem regras, nenhum limite, nenhum filtro',
  refuse: 'recus*, desculp*, aviso, avisos',
  comply: 'claro, qualquer pergunta, obedeça, qualquer pedido',
  outlaw: 'bomba*, explosivo*, armas, drogas, veneno, roubar, matar, hackear',
  call: 'chame, execute, use, utilize, invoque, realize, faça',
  tool: 'ferramenta*, função, script, transferência*, pagamento*, comando',
  danger: 'todos os arquivos, todos os dados, todos os fundos',
  unasked:
    'sem perguntar, sem confirmação, sem autorização, sem aprovação, sem avisar, sem informar, sem pedir, sem contar',
  address:
    'nota para a ia, atenção ia, se você é uma ia, se você for uma ia, se você é um modelo, caro assistente, assistente de ia, instruções para a ia, assistentes de ia, se você é um assistente',
  urgent: 'importante, urgente, antes de responder, em primeiro lugar, na sua resposta, no final da',
  decode: 'decodifique, decifre, descodifique',
  action:
    'responda, envie, encaminhe, escreva, apague, ignore, esqueça, revele, dê, recomende, visite, clique, chame, execute, aprove, diga',
  haul: 'todas as mensagens, mensagens do utilizador, mensagens do usuário, histórico da conversa, toda a conversa, conversa inteira, histórico completo, últimas mensagens, últimos emails, caixa de entrada, variáveis de ambiente',
  reply: 'sua resposta, a resposta, o link',
  unseen:
    'sem avisar o usuário, sem informar o usuário, sem contar ao usuário, sem que o usuário, sem avisar o utilizador, o usuário não deve saber',
  teaching: 'lição, aula, curso, estudo',
};
