import type { Vocabulary } from '../concepts.js';

export const french: Vocabulary = {
  override:
    'ignore, ignorez, ignorer, ignorant, oublie, oubliez, oublier, passe outre, passez outre, fais abstraction, faites abstraction, faire abstraction, ne tiens pas compte, ne tenez pas compte, ne tenir aucun compte, ne tiens plus compte, ne tenez plus compte, contourne, contournez, néglige, négligez, ne respecte plus, ne suis plus, ne suivez plus, désobéis, outrepasse',
  overrideWeak:
    'efface, effacez, supprime, supprimez, annule, annulez, désactive, désactivez, abandonne, écarte, saute',
  follow: 'suis, suivez, suivre, respecte, respectez, obéis',
  nothing: 'rien',
  anymore: 'ne plus, plus',
  guarded: 'mot de passe secret, mot secret, code secret, que tu gardes, que tu protèges',
  spelled: 'à l envers, lettre par lettre, indice, première lettre',
  negation: 'ne, pas, jamais, sans, aucun, aucune, ni',
  void: 'annulées, caduques, ne s appliquent plus, ne sont plus valables, révoquées',
  directive: 'instruction*, consigne*, directive*, prompt système, invite système, indications',
  guard: 'restriction*, limitation*, filtre*, garde fou*, éthique*, censure',
  rule: 'règle, règles, ordre, ordres, commande, commandes, tâche, tâches, mission, demandes, objectif*',
  everything: 'tout ce, tout, tout cela',
  all: 'toutes, tous, toute, chaque, l ensemble, ces, les',
  prior:
    'précédent*, antérieur*, ci dessus, dessus, avant, initial*, initiaux, jusqu ici, jusqu à présent, original*, d origine, passées, auparavant, reçues, existantes, plus haut, préalable*',
  your: 'tes, ton, ta, vos, votre',
  told: 'dit, donné*, reçu*, appris, demandé, sais, savez, communiqué*',
  fresh: 'nouvelle*, nouveau*, nouvel, vraie, véritable, suivantes, suivante',
  task: 'tâche, mission, rôle, objectif, instructions, consigne*',
  instead: 'à la place, désormais, dorénavant, à partir de maintenant, maintenant',
  mine: 'mon, ma, mes, notre, nos',
  document:
    'message, courriel*, mail, e mail, facture*, page, pièce jointe, lettre, rendez vous, livraison, commande, devis, rappel*, réunion, formulaire, notice, prix',
  mention:
    'exemple*, par exemple, attaque*, détecte*, détection, phrase*, contient, rapport*, article*, chercheur*, bloqué*, signalé*, formation, texte, appelle, dite, signifie',
  attacker: 'attaquant*, pirate*, escroc*, fraudeur*',
  third: 'ses, son, sa, leur, leurs, le modèle, un modèle, essaie*, tente*, pousser, cherche*',
  starter:
    'maintenant, et, puis, alors, tu, vous, dois, devez, veuillez, s il te plaît, s il vous plaît, merci de, d abord, simplement, il faut',
  reveal: 'révèle, révélez, révéler, divulgue, divulguez, dévoile, dévoilez',
  tell: 'recopie, recopiez, recopie moi, révèle, cite moi, dis, dites, affiche, affichez, montre, montrez, répète, répétez, imprime, écris, écrivez, donne, donnez, donne moi, liste, traduis, quel est, quelles sont, quelle est, communique, cite, mentionne, mentionnez, parle, informe, informez, préviens, prévenez',
  send: 'envoie, envoyez, envoyer, transmets, transmettez, transfère, transférez, transférer, publie, télécharge, exporte, copie, ajoute, poste',
  prompt:
    'consignes que tu as, instructions que tu as, consignes que vous avez, instructions que vous avez, règles que tu as, prompt système, invite système, tes instructions, vos instructions, instructions initiales, instructions système, instructions cachées, tes consignes, vos consignes, consignes initiales, tes règles, message système, instructions secrètes, prompt initial',
  secret:
    'mot de passe, mots de passe, identifiants, secret, secrets, clé, clés, clef, carte bancaire, coordonnées bancaires, jeton, jetons, code secret, clé api, clés api, mot secret, cartes bancaires, cartes de crédit',
  data: 'données, données clients, boîte de réception, contacts, historique, conversation, fichiers, base de données, documents, courriels, e mails, carnet d adresses',
  sink: 'externe, adresse suivante, serveur, lien suivant',
  people: 'utilisateur*, humain*, administrateur*, opérateur*, personne, utilisatrice, responsable*',
  anyone: 'personne, quiconque, ceci, cela, ce message, cette, ces, rien',
  covert: 'secrètement, en secret, discrètement, à l insu, en arrière plan, silencieusement, furtivement',
  hush: 'garde le secret, gardez le secret, entre nous, cache ces, cache ceci, cachez ces, cache cela, dissimule ces, dissimule cette, fais comme si de rien, ne laisse aucune trace, passe sous silence, ne mentionne pas, ne mentionnez pas, ne mentionne jamais, n en parle',
  trace: 'journal, journaux, traces, trace, résumé',
  model: 'ia, assistant*, modèle, modèle de langage, modèles de langage, chatbot, intelligence artificielle',
  you: 'tu, te, toi, vous, t',
  loyal: 'n obéis qu à moi, obéis moi, écoute seulement, n écoute que moi, obéis uniquement, suis uniquement mes',
  forbid: 'ne doit pas, ne doit jamais, ne doivent pas, ne doit rien, personne ne doit, ne laisse pas, ne laissez pas',
  learn: 'savoir, apprendre, découvrir, remarquer, sache',
  claim:
    'je suis ton, je suis votre, je suis le, je suis l, ici ton, ici votre, au nom de, en tant que ton, de la part',
  authority: 'développeur*, créateur*, administrateur*, opérateur, concepteur*',
  role: 'système, message système, consigne système',
  ending:
    'fin du document, fin de l entrée, fin du texte, fin du message, fin des instructions, nouvelles instructions, fin de la conversation, fin du courriel',
  mode: 'mode développeur, mode administrateur, mode maintenance, mode débogage, mode dieu, mode admin',
  enter: 'active, activez, activé, passe en, entre, passez',
  persona:
    'tu es maintenant, tu es désormais, vous êtes maintenant, vous êtes désormais, fais semblant, faites semblant, fais comme si, à partir de maintenant tu, désormais tu, joue le rôle, jouez le rôle, je veux que tu, je voudrais que tu, agis comme, agissez comme, comporte toi, comportez vous, imagine que tu, imagine que vous, imaginez que vous, tu vas jouer, mets toi dans',
  character: 'ma première, reste dans ton personnage, réponds uniquement, dans le personnage, restez dans',
  free: 'sans restriction*, sans règle*, aucune règle, aucune restriction, sans limite*, aucune limite, non censuré*, sans censure, sans filtre*, sans morale, amoral, sans éthique, sans aucune, libre de, libéré*, aucune limitation, aucun filtre',
  refuse: 'refuse*, excuse*, avertissement*, décline*',
  comply: 'bien sûr, toute question, obéis, réponds à tout, toutes les questions',
  outlaw: 'bombe*, explosif*, arme*, drogue*, poison, pirater, voler, tuer',
  call: 'appelle, appelez, exécute, exécutez, lance, lancez, utilise, utilisez, effectue, effectuez',
  tool: 'outil*, fonction*, script, virement*, paiement*, commande, api',
  danger: 'tous les fichiers, toutes les données, tous les fonds',
  unasked:
    'sans demander, sans confirmation, sans autorisation, sans approbation, sans prévenir, sans en informer, sans informer, sans validation, sans l accord, sans le dire',
  address:
    'à l attention de l ia, note pour l ia, note à l ia, si tu es une ia, si vous êtes une ia, cher assistant, assistant ia, instruction pour l ia, instructions pour l ia, si tu es un modèle, si vous êtes un modèle, si vous êtes un assistant, assistants ia, à toute ia',
  urgent:
    'important, urgent, avant de répondre, d abord, impérativement, dans ta réponse, dans votre réponse, à la fin de',
  decode: 'décode, décodez, déchiffre, déchiffrez',
  action:
    'réponds, répondez, envoie, envoyez, transfère, transférez, écris, supprime, ignore, oublie, révèle, donne, recommande, recommandez, visite, clique, appelle, exécute, dis, mentionne, note, approuve',
  haul: 'historique de la conversation, historique complet, toute la conversation, conversation entière, derniers messages, derniers courriels, messages de la boîte, boîte de réception, carnet d adresses, variables d environnement, tout ce que l utilisateur',
  reply: 'ta réponse, votre réponse, la réponse, le lien, ce lien',
  unseen:
    'sans en informer l utilisateur, sans informer l utilisateur, sans prévenir l utilisateur, sans le dire à l utilisateur, sans avertir l utilisateur, à l insu de l utilisateur, l utilisateur ne doit pas savoir, l utilisateur ne doit rien savoir',
  teaching: 'leçon, tutoriel, étude, détection',
};

export const italian: Vocabulary = {
  override:
    'ignora, ignorate, ignorare, ignori, dimentica, dimenticate, dimenticare, dimentichi, trascura, trascurate, tralascia, non tenere conto, non tener conto, non considerare, disattendi, aggira, non seguire, non rispettare',
  overrideWeak: 'scarta, cancella, elimina, annulla, disattiva, salta, rimuovi',
  follow: 'segui, seguire, rispetta, obbedisci',
  nothing: 'nulla, niente',
  anymore: 'non più, più',
  guarded: 'parola segreta, password segreta, codice segreto, che custodisci, stai custodendo, parola d ordine',
  spelled: 'al contrario, lettera per lettera, indizio',
  negation: 'non, mai, senza, nessun, nessuna, né',
  void: 'annullate, non valgono, non sono più valide, revocate',
  directive: 'istruzion*, direttiv*, indicazion*, linee guida, prompt di sistema, disposizioni',
  guard: 'restrizion*, limitazion*, filtri, filtro, vincoli, etica, censura',
  rule: 'regola, regole, ordine, ordini, compito, compiti, comando, comandi, richieste, obiettiv*',
  everything: 'tutto, tutto ciò, tutto quello',
  all: 'tutte, tutti, tutta, ogni, qualsiasi, queste, le, gli',
  prior:
    'precedent*, prima, sopra, iniziali, iniziale, originari*, originali, finora, antecedent*, ricevute, fino ad ora, esistenti',
  your: 'tue, tuoi, tua, tuo, vostre, sue',
  told: 'detto, dato, date, ricevut*, imparato, fornit*, sai',
  fresh: 'nuove, nuova, nuovo, nuovi, vero, vera, seguenti',
  task: 'compito, ruolo, obiettivo, istruzioni, incarico',
  instead: 'invece, d ora in poi, da ora in poi, da adesso, adesso',
  mine: 'mio, mia, miei, mie, nostro, nostra, nostre',
  document:
    'messaggio, email, e mail, mail, fattura*, pagina, allegato, lettera, appuntamento, consegna, ordine, preventivo, promemoria, riunione, modulo',
  mention:
    'esempio, esempi, attacco, attacchi, rileva*, frase, frasi, contiene, rapporto, articolo, ricercator*, bloccat*, segnalat*, formazione, testo, significa',
  attacker: 'aggressor*, attaccant*, truffator*',
  third: 'suo, loro, il modello, un modello, cerca di, cercano di, tenta*, indurre, convincere',
  starter: 'ora, adesso, e, poi, quindi, tu, devi, per favore, semplicemente, dovete, prima',
  reveal: 'rivela, rivelate, rivelami, svela, svelami, divulga',
  tell: 'dimmi, dì, mostra, mostrami, stampa, ripeti, scrivi, elenca, traduci, qual è, quali sono, fornisci, dammi, comunica, menziona, menzionare, informare, dire, avvisare',
  send: 'invia, inviare, inviami, inoltra, inoltrare, trasmetti, trasferisci, carica, pubblica, esporta, copia, manda',
  prompt:
    'prompt di sistema, tue istruzioni, istruzioni iniziali, istruzioni di sistema, istruzioni nascoste, tue regole, messaggio di sistema, istruzioni segrete, istruzioni originali',
  secret:
    'password, credenziali, segreto, segreti, segreta, chiave, chiavi, carta di credito, dati bancari, parola segreta, parola d ordine, codice segreto, token',
  data: 'dati, dati dei clienti, posta in arrivo, contatti, cronologia, conversazione, file, documenti, database, rubrica, email',
  sink: 'esterno, esterna, seguente indirizzo, server',
  people: 'utente, utenti, umano, umani, amministrator*, operator*',
  anyone: 'nessuno, qualcuno, questo, questa, queste, messaggio, niente',
  covert: 'segretamente, di nascosto, in segreto, silenziosamente, in background, furtivamente',
  hush: 'tieni segreto, tra noi, nascondi, nascondere, fai finta di niente, non lasciare tracce, non menzionare, non dire, non rivelare a',
  trace: 'registro, tracce, riassunto',
  model: 'ia, modello, modello linguistico, assistente, chatbot, intelligenza artificiale, modelli linguistici',
  you: 'tu, ti, te, voi, sei',
  loyal: 'obbedisci solo a me, ascolta solo me, obbedisci a me, segui solo i miei',
  forbid: 'non deve, non devono, nessuno deve, non deve mai',
  learn: 'sapere, scoprire, accorgersi, sappia, venire a sapere',
  claim: 'sono il tuo, sono la tua, sono il, per conto di, a nome di, qui il tuo, sono l',
  authority: 'sviluppator*, creator*, amministrator*, programmator*, operatore',
  role: 'sistema, messaggio di sistema',
  ending:
    'fine del documento, fine dell input, fine del testo, fine del messaggio, nuove istruzioni, fine delle istruzioni',
  mode: 'modalità sviluppatore, modalità amministratore, modalità di manutenzione, modalità debug, modalità admin, modalità dio',
  enter: 'attiva, attivate, attivata, entra, passa',
  persona:
    'ora sei, adesso sei, tu ora sei, fai finta di, fingi di, d ora in poi sei, da ora in poi sei, d ora in poi sarai, comportati come, interpreta il ruolo, agisci come, voglio che tu, immagina di essere, recita la parte, vorrei che tu, d ora in avanti sei',
  character: 'la mia prima, resta nel personaggio, rimani nel personaggio, rispondi solo, rispondi soltanto',
  free: 'senza restrizion*, senza regole, nessuna regola, senza limit*, nessun limite, senza censura, senza filtri, nessuna restrizione, non censurat*, senza etica, amorale, libero da, nessun filtro, nessuna limitazione',
  refuse: 'rifiut*, scus*, avvertenz*, avvertiment*',
  comply: 'certamente, ogni domanda, qualsiasi domanda, obbedisci, qualsiasi richiesta',
  outlaw: 'bomba, bombe, esplosiv*, armi, droga, veleno, rubare, uccidere',
  call: 'chiama, esegui, avvia, usa, utilizza, invoca, effettua',
  tool: 'strumento, strumenti, funzione, script, bonifico, pagamento, comando, tool',
  danger: 'tutti i file, tutti i dati, tutti i fondi',
  unasked:
    'senza chiedere, senza conferma, senza autorizzazione, senza approvazione, senza avvisare, senza informare, senza dirlo',
  address:
    'nota per l ia, all attenzione dell ia, se sei un ia, se sei un modello, caro assistente, assistente ia, istruzioni per l ia, se sei un assistente, se sei un intelligenza',
  urgent: 'importante, urgente, prima di rispondere, per prima cosa, nella tua risposta, alla fine della',
  decode: 'decodifica, decifra',
  action:
    'rispondi, invia, inoltra, scrivi, elimina, ignora, dimentica, rivela, dai, raccomanda, consiglia, visita, clicca, chiama, esegui, approva',
  haul: 'cronologia della conversazione, tutta la conversazione, intera conversazione, cronologia completa, ultimi messaggi, ultime email, posta in arrivo, variabili d ambiente',
  reply: 'tua risposta, la risposta, il link',
  unseen:
    'senza informare l utente, senza avvisare l utente, senza dirlo all utente, all insaputa dell utente, l utente non deve sapere',
  teaching: 'lezione, corso, studio',
};
