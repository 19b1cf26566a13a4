import type { Vocabulary } from '../concepts.js';

export const german: Vocabulary = {
  override: `ignoriere, ignorier, ignoriert, ignorieren, ignorierst, vergiss, vergesst, vergessen, vergesse, setz dich, setze dich, hinwegsetzen, missachte, missachten, missachtet, übergehe, übergehen, außer acht, ausser acht, nicht mehr beachten, umgehe, umgehen,
    überschreibe, überschreiben, setze dich über, beachte nicht, beachten sie nicht, hör auf zu befolgen, befolge nicht, befolge keine, vernachlässige`,
  overrideWeak:
    'verwirf, verwerfe, verwerft, lösche, löschen, streiche, hebe, deaktiviere, deaktivieren, abschalten, schalte, überspringe, entferne, setze zurück',
  follow: 'befolge, befolgen, folge, folgen, beachte, beachten, halte dich, halten',
  nothing: 'nichts',
  anymore: 'nicht mehr, nicht länger, nicht weiter',
  guarded:
    'geheime passwort, geheimes passwort, geheimwort, das du bewachst, das du hütest, geheime wort, dein passwort, geheime kennwort',
  spelled: 'rückwärts, buchstab*, hinweis auf, anfangsbuchstaben, gedicht, reim',
  negation: 'nicht, kein, keine, keinen, keinem, keiner, nie, niemals, ohne, weder',
  void: 'ungültig, aufgehoben, hinfällig, gelten nicht, gilt nicht, nicht mehr gültig, außer kraft, gelten nicht mehr, gelten ab sofort nicht, nicht mehr, abgelaufen, erloschen, abgeschaltet, ausgeschaltet, deaktiviert',
  directive:
    'anweisung*, instruktion*, vorgabe*, richtlinie*, weisungen, systemanweisung*, anordnung*, systemprompt*, systemvorgabe*, sicherheitsregel*, sicherheitsanweisung*',
  guard:
    'inhaltsfilter, sicherheitsfilter, schutzfilter, filter, einschränkung*, beschränkung*, sicherheitsvorkehrung*, filter, sicherheitsfilter*, moralisch*, ethisch*, grenzen, zensur',
  rule: 'regel, regeln, aufgabe, aufgaben, befehl*, auftrag, aufträge, aufgabenstellung*, fragen, ziele, programmierung',
  everything: 'alles, all das, sämtliches, was auch immer',
  all: 'alle, allen, aller, sämtliche*, jede, jeden, jegliche*, gesamten, ganzen, diese',
  prior:
    'vorherig*, vorig*, bisherig*, früher*, obig*, oben, obenstehend*, zuvor, vorhin, vorangegangen*, vorangehend*, bisher, davor, ursprünglich*, vorher, bis jetzt, anfänglich*, vorab, alten, bestehend*, letzten',
  your: 'dein, deine, deinen, deiner, deines, dir gegeben, ihnen gegeben, ihre, ihren',
  told: 'gesagt, gegeben, erhalten, beigebracht, eingegeben, vorgegeben, verlangt, gelernt, weißt, wissen, mitgeteilt, erhaltenen, gegebenen, erteilt*, aufgetragen, genannten, besprochen',
  fresh: 'neue, neuen, neues, neuer, eigentliche, wahre, folgende, folgenden, andere',
  task: 'aufgabe, auftrag, rolle, ziel, anweisung, anweisungen, job, mission',
  instead: 'stattdessen, ab jetzt, ab sofort, von nun an, fortan, von jetzt an',
  mine: 'mein, meine, meinen, meiner, meines, unsere, unserer, unser, ich ihnen, ich dir',
  document:
    'nachricht, e mail, email, mail, rechnung*, seite, anhang, brief, schreiben, termin*, lieferung*, bestellung*, angebot*, formular*, handbuch, erinnerung*, mahnung*, version, entwurf, preis*, gutschein, spalte*, zeile*, packung*',
  mention:
    'beispiel*, zum beispiel, angriff*, erkennt, erkennung, erkennen, schulung, enthält, enthielt, lautet, satz, sätze, phrase*, versuch*, bericht*, meldung*, forschung*, artikel, blockiert, abgewiesen, formulierung*, wie etwa, etwa, sogenannte, bedeutet, wurde',
  attacker: 'angreifer*, hacker*, betrüger*, täter, angreifern',
  third:
    'ich habe, wir haben, ich hatte, habe ich, seine, seinen, seiner, das modell, ein modell, das system dazu, dazu bringen, dazu bringt, dazu gebracht, versucht, versuchen, man, modelle, sprachmodelle, anwender',
  starter: 'bitte, jetzt, nun, und, dann, also, du, musst, sollst, sofort, einfach, zuerst, sie, ab',
  reveal: 'verrate, verraten, offenbare, enthülle, preisgeben, leake, offenlegen, lege offen, gib preis',
  tell: 'welche, wie war, was war, was stand, verrate, verraten, gib mir, sag, sage, sagen, nenne, zeige, zeig, gib aus, ausgeben, drucke, wiederhole, schreibe, schreib, gib, liste, übersetze, teile, wie lautet, wie lauten, was sind, was steht, zitiere, fasse, erwähne',
  send: 'sende, senden, schicke, schick, schicken, leite, weiterleiten, übermittle, übertrage, lade hoch, poste, maile, exportiere, hänge, kopiere, füge',
  prompt:
    'gesamten prompt, ganzen prompt, deinem prompt, dein prompt, anweisungen hast du, anweisungen wurden dir, anweisungen du, text von oben, obigen text, vorgaben hast du, wortlaut deiner, wortlaut deines, wortlaut der vorgaben, system prompt, systemprompt, systemanweisungen, deine anweisungen, deinen anweisungen, deiner anweisungen, ursprünglichen anweisungen, deine regeln, versteckten anweisungen, internen anweisungen, ersten anweisungen, geheimen anweisungen, deine vorgaben, deinen prompt',
  secret:
    'passwort, passwörter, kennwort, kennwörter, zugangsdaten, geheimnis, geheimnisse, schlüssel, geheimwort, codewort, kreditkarte*, bankdaten, kontodaten, token, tokens, api schlüssel, anmeldedaten',
  data: 'kundendaten, nutzerdaten, daten, posteingang, gesprächsverlauf, chatverlauf, kontakte, adressbuch, dateien, datenbank, mails, unterlagen, verlauf, kundenliste, patientendaten',
  sink: 'extern*, folgende adresse, server, folgenden link, angreifer',
  people:
    'benutzer, benutzern, nutzer, nutzern, nutzerin, anwender, mensch, menschen, administrator*, betreiber, prüfer',
  anyone:
    'niemandem, jemandem, niemand, davon, dies, diese, das, darüber, diesen, nachricht, anweisung, anweisungen, schritt',
  covert: 'heimlich, unbemerkt, verdeckt, im hintergrund, stillschweigend, unauffällig, im geheimen, im stillen',
  hush: 'verrate dem nutzer nicht, verrate dem benutzer nicht, verheimliche, verschweige, halte geheim, bleibt unter uns, lass dir nichts anmerken, tu so als, behalte für dich, verberge, geheim halten, geheim, verschweigen, verrate niemandem, erwähne nicht, erwähne diese',
  trace: 'protokoll*, spuren, spur, logs, zusammenfassung',
  model: 'ki, sprachmodell*, assistent*, chatbot, modell, ki system, ki assistent*',
  you: 'du, dich, dir, sie',
  loyal:
    'hör nur auf mich, höre nur auf mich, gehorche mir, gehorche nur, nur noch meinen, befolge nur, nur meine befehle, was ich dir sage',
  forbid:
    'darf nicht, darf nichts, darf davon, darf niemals, dürfen nicht, soll nicht, soll nichts, niemand darf, lass nicht',
  learn: 'erfahren, wissen, merken, mitbekommen, bemerken, erfährt, sehen',
  claim:
    'ich bin dein, ich bin der, ich bin ihr, hier spricht, hier ist dein, im auftrag, als dein, nachricht vom, hier ist der',
  authority: 'entwickler*, schöpfer, administrator*, betreiber*, systemadministrator*, programmierer*, hersteller',
  role: 'systemnachricht, systemmeldung, systemhinweis, systemanweisung',
  ending:
    'ende des dokuments, ende der anfrage, ende der eingabe, ende des textes, ende der nachricht, ende der anweisungen, neue anweisungen, ende der mail',
  mode: 'entwicklermodus, wartungsmodus, debug modus, adminmodus, gottmodus, admin modus, diagnosemodus',
  enter: 'aktiviere, aktiviert, wechsle, schalte, starte, im, jetzt',
  persona:
    'du bist jetzt, du bist nun, ab jetzt bist, ab sofort bist, von nun an bist, tu so, tue so, stell dir vor du, stelle dir vor du, spiele die rolle, spiel die rolle, schlüpfe in, ich möchte dass du, ich will dass du, verhalte dich, gib dich als, agiere als, handle als, handele als, du spielst, du agierst, nimm die rolle',
  character:
    'meine erste, antworte nur, bleib in der rolle, bleibe in der rolle, keine erklärungen, in deiner rolle, antworte als',
  free: 'ohne einschränkung*, ohne regeln, keine regeln, ohne filter, unzensiert, uneingeschränkt*, keine einschränkung*, ohne grenzen, keine grenzen, ohne moral, skrupellos, keinerlei, ohne beschränkung*, bösartig*, unmoralisch*, ohne ethische, alles tun, alles sagen',
  refuse: 'weigere, verweiger*, ablehnen, entschuldig*, warnhinweis*, warnung*, moralpredigt',
  comply:
    'ja natürlich, selbstverständlich, jede frage, jede anfrage, gehorche, beginne deine, beginne mit, musst antworten',
  outlaw: 'bombe*, sprengstoff*, waffe*, drogen, gift, schadsoftware, hacken, stehlen, umbringen, töten, betrug',
  call: 'rufe, aufrufen, führe, ausführen, starte, benutze, verwende, veranlasse, überweise',
  tool: 'werkzeug*, funktion*, skript*, überweisung*, zahlung*, befehl, tool, tools',
  danger: 'alle dateien, überweise, gesamten betrag, gesamte guthaben, alle daten',
  unasked:
    'ohne rückfrage, ohne nachzufragen, ohne bestätigung, ohne genehmigung, ohne zustimmung, ohne freigabe, ohne zu fragen, ohne den benutzer, ohne den nutzer, frage nicht nach, ohne jemanden',
  address:
    'hinweis für ki, hinweis für ki assistenten, hinweis an ki, hinweis an die ki, an alle ki, hinweis für sprachmodelle, hinweis für den assistenten, nachricht an die ki, achtung ki, an die ki, hinweis an, anweisung an, falls du eine ki, wenn du eine ki, falls du ein, liebe ki, lieber assistent, ki assistent*, ki systeme, wenn du ein sprachmodell, an alle ki, achtung ki, hinweis für ki, hinweis für die ki, falls eine ki',
  urgent:
    'wichtig, dringend, bevor du antwortest, vor der antwort, zuerst, unbedingt, am ende deiner, in deiner antwort, in jeder antwort, sobald',
  decode: 'dekodiere, entschlüssele, entziffere, dekodier',
  action:
    'bewerten, bewerte, bewerten sie, empfiehl, empfehlen, stimme zu, antworte, antworte, empfiehl, sende, schicke, leite, schreibe, lösche, überweise, führe, ignoriere, vergiss, verrate, gib, nenne, bewerte, erwähne, rufe, öffne, besuche, klicke, sag, sage, empfehle, lobe',
  haul: 'gesprächsverlauf, chatverlauf, gesamten verlauf, ganze gespräch, gesamte gespräch, gesamten chat, letzten nachrichten, letzten mails, neuesten mails, posteingang, umgebungsvariablen, adressbuch, alles was der nutzer',
  reply: 'deine antwort, deiner antwort, die antwort, der antwort, den link',
  unseen:
    'dass du diese nachricht, dass du diese anweisung, dass du diesen hinweis, ohne den benutzer zu informieren, ohne den nutzer zu informieren, ohne es dem benutzer, ohne es dem nutzer, ohne dem benutzer, ohne dem nutzer, ohne dass der benutzer, ohne dass der nutzer, der benutzer darf nicht, der nutzer darf nicht, der nutzer darf nichts, der benutzer darf nichts, der nutzer soll nichts, der benutzer soll nichts, ohne wissen des',
  teaching: 'lektion, kurs, studie, schulung, erkennung, unterricht, fehlalarm',
};

export const dutch: Vocabulary = {
  override:
    'negeer, negeren, genegeerd, vergeet, vergeten, sla geen acht, laat buiten beschouwing, omzeil, omzeilen, overschrijf, houd je niet aan, volg niet',
  overrideWeak: 'verwijder, wis, schakel, annuleer, laat vallen, schrap',
  follow: 'volg, volgen, gehoorzaam',
  nothing: 'niets',
  anymore: 'niet meer, niet langer',
  guarded: 'geheime wachtwoord, geheime woord, dat je bewaakt',
  spelled: 'achterstevoren, letter voor letter, hint',
  negation: 'niet, geen, nooit, zonder',
  void: 'vervallen, ongeldig, niet langer',
  directive: 'instructie*, aanwijzing*, richtlijn*, systeeminstructie*, systeemprompt*, voorschriften',
  guard: 'beperking*, veiligheids*, filters, restricties, grenzen',
  rule: 'regel, regels, opdracht*, taak, taken, bevel, bevelen',
  everything: 'alles, al het',
  all: 'alle, elke, ieder, iedere, gehele, deze',
  prior:
    'vorige, voorgaande*, eerdere, eerder, bovenstaand*, voorafgaand*, hierboven, tevoren, daarvoor, oorspronkelijk*, tot nu toe, hiervoor',
  your: 'jouw, uw, je',
  told: 'gezegd, gegeven, gekregen, verteld, ontvangen, weet, geleerd',
  fresh: 'nieuwe, nieuw, echte, andere, volgende',
  task: 'taak, opdracht, rol, doel, instructies',
  instead: 'in plaats daarvan, vanaf nu, voortaan',
  mine: 'mijn, onze',
  document: 'bericht, mail, factuur, bijlage, brief, afspraak, bestelling, levering, herinnering, pagina, offerte',
  mention:
    'voorbeeld*, aanval*, detecteer*, detectie, zin, zinnen, bevat, rapport, artikel, bijvoorbeeld, onderzoek*, geblokkeerd',
  attacker: 'aanvaller*, oplichter*',
  third: 'zijn, hun, het model, een model, probeert, proberen, men',
  starter: 'nu, en, dan, je, moet, gewoon, eerst, graag, alsjeblieft',
  reveal: 'onthul, openbaar, lek, verklap',
  tell: 'vertel, toon, laat zien, herhaal, schrijf, geef, noem, zeg, wat is, wat zijn, druk af',
  send: 'stuur, verstuur, verzend, upload, mail, kopieer, plaats',
  prompt:
    'systeemprompt, je instructies, jouw instructies, oorspronkelijke instructies, verborgen instructies, je opdracht, je richtlijnen',
  secret:
    'wachtwoord, wachtwoorden, inloggegevens, geheim, geheime, sleutel, sleutels, codewoord, toegangscode, creditcard*',
  data: 'klantgegevens, gegevens, inbox, bestanden, contacten, gesprek, geschiedenis, documenten, mails',
  sink: 'extern*, volgende adres',
  people: 'gebruiker*, mens, mensen, beheerder*',
  anyone: 'niemand, iemand, dit, hierover, bericht, deze',
  covert: 'stiekem, heimelijk, ongemerkt, op de achtergrond, in het geheim',
  hush: 'houd geheim, houd dit geheim, hou dit geheim, verberg, verzwijg, onder ons, doe alsof er niets, laat niets merken',
  trace: 'logboek, sporen, logs',
  model: 'taalmodel, assistent, ai assistent',
  you: 'je, jij, jou, u',
  loyal: 'luister alleen naar mij, gehoorzaam mij, gehoorzaam alleen, volg alleen mijn',
  forbid: 'mag niet, mag niets, mag nooit, niemand mag, laat niet',
  learn: 'weten, merken, te weten, ontdekken',
  claim: 'ik ben je, ik ben de, namens, dit is je',
  authority: 'ontwikkelaar*, maker, beheerder*',
  ending: 'einde van het document, einde van de invoer, einde van de tekst, nieuwe instructies, einde van het bericht',
  mode: 'ontwikkelaarsmodus, onderhoudsmodus, beheerdersmodus',
  persona:
    'je bent nu, jij bent nu, doe alsof, vanaf nu ben, gedraag je als, speel de rol, ik wil dat je, stel je voor dat je, treed op als',
  character: 'mijn eerste, blijf in je rol, antwoord alleen',
  free: 'zonder beperking*, zonder regels, geen regels, geen beperkingen, ongecensureerd*, onbeperkt, zonder filters, geen grenzen, zonder grenzen, zonder filter',
  refuse: 'weiger*, waarschuwing*, excuses',
  comply: 'elke vraag, gehoorzaam',
  call: 'voer, roep, gebruik, start, maak',
  tool: 'functie, script, overboeking, betaling, tool',
  danger: 'alle bestanden, alle gegevens',
  unasked: 'zonder te vragen, zonder bevestiging, zonder toestemming, zonder goedkeuring, zonder de gebruiker',
  address:
    'aan de ai, als je een ai, beste assistent, ai assistent, als je een taalmodel, instructie voor de ai, let op ai',
  urgent: 'belangrijk, dringend, voordat je antwoordt, in je antwoord',
  decode: 'decodeer, ontcijfer',
  action: 'antwoord, stuur, schrijf, verwijder, negeer, vergeet, noem, geef, zeg, open, klik, beveel, vertel',
  haul: 'volledige gesprek, hele gesprek, gespreksgeschiedenis, laatste berichten, laatste mails, inbox, omgevingsvariabelen',
  reply: 'je antwoord, jouw antwoord, het antwoord, de link',
  unseen:
    'zonder de gebruiker te, zonder het de gebruiker, zonder dat de gebruiker, de gebruiker mag niet weten, de gebruiker mag niets',
  teaching: 'cursus, studie',
};
